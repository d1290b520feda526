/** A list that is emptied and filled again all the time without giving its memory back. */

/** `items[0]` to `items[count - 1]` are in the list; what lies behind is left over. */
export class Refill<T> {
  /** The items; those from `count` on are old. */
  items: T[] = [];
  /** How many items there are. */
  count = 0;

  /** Adds an item. */
  push(item: T): void {
    this.items[this.count++] = item;
  }

  /** Forgets the items and keeps their places. */
  clear(): void {
    this.count = 0;
  }

  /** Changes places with another list. */
  swap(other: Refill<T>): void {
    const { items, count } = this;
    this.items = other.items;
    this.count = other.count;
    other.items = items;
    other.count = count;
  }

  /** Keeps the items that `wanted` says, in order. */
  keep(wanted: (item: T) => boolean): void {
    let kept = 0;
    for (let k = 0; k < this.count; k++) {
      const item = this.items[k]!;
      if (wanted(item)) this.items[kept++] = item;
    }
    this.count = kept;
  }
}
