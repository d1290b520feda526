/** Tables that are sorted, filtered and paged, with a button in each row that shows it on the chart. */
import type { TableColumn } from '../model.ts';
import type { TableData } from './table-data.ts';
import { cellText } from './words.ts';

const pageRows = 25;
const printedRows = 200;

/** One table of the page. */
export class DataTable {
  readonly #data: TableData;
  readonly #root: HTMLElement;
  readonly #columns: readonly TableColumn[];
  readonly #decimals: (row: number) => number;
  readonly #choose: ((row: number) => void) | undefined;
  readonly #body: HTMLElement;
  readonly #status: HTMLElement;
  readonly #choices = new Map<string, string>();
  #search = '';
  #order: number[];
  #sortKey: string | undefined;
  #isRising = true;
  #page = 0;
  #chosen = -1;
  #rowsShown = pageRows;

  constructor(root: HTMLElement, data: TableData, decimals: (row: number) => number, choose?: (row: number) => void) {
    this.#root = root;
    this.#data = data;
    this.#decimals = decimals;
    this.#choose = choose;
    this.#columns = data.model.columns.filter(({ label }) => label !== '');
    this.#order = Array.from({ length: data.rows }, (_, row) => row);
    root.innerHTML = '';
    root.append(this.#tools());
    const scroll = document.createElement('div');
    scroll.className = 'scroll';
    scroll.tabIndex = 0;
    scroll.setAttribute('role', 'region');
    scroll.setAttribute('aria-label', `Table of ${data.model.id}`);
    const table = document.createElement('table');
    table.className = 'data';
    table.append(this.#head());
    this.#body = document.createElement('tbody');
    table.append(this.#body);
    scroll.append(table);
    this.#status = document.createElement('div');
    this.#status.className = 'pager';
    root.append(scroll, this.#status);
    this.#fill();
  }

  /** Marks a row and turns to its page. */
  mark(row: number | undefined): void {
    this.#chosen = row ?? -1;
    const at = this.#order.indexOf(this.#chosen);
    if (at >= 0) this.#page = Math.floor(at / this.#rowsShown);
    this.#fill();
  }

  /** Shows more rows while the page is printed. */
  print(isPrinting: boolean): void {
    this.#rowsShown = isPrinting ? printedRows : pageRows;
    this.#page = 0;
    this.#fill();
  }

  /** The row after or before the marked one, in the order shown. */
  next(step: 1 | -1): number | undefined {
    const at = this.#order.indexOf(this.#chosen);
    return this.#order[at < 0 ? (step > 0 ? 0 : this.#order.length - 1) : at + step];
  }

  #tools(): HTMLElement {
    const tools = document.createElement('div');
    tools.className = 'tools';
    const search = document.createElement('input');
    search.type = 'search';
    search.placeholder = 'Filter';
    search.setAttribute('aria-label', `Filter ${this.#data.model.id}`);
    search.addEventListener('input', () => {
      this.#search = search.value.trim().toLowerCase();
      this.#arrange();
    });
    tools.append(search);
    for (const { key, label, isChoice } of this.#columns) {
      if (isChoice !== true) continue;
      const values = new Set<string>();
      for (let row = 0; row < this.#data.rows && values.size < 40; row++) values.add(this.#data.text(row, key));
      values.delete('');
      if (values.size < 2) continue;
      const select = document.createElement('select');
      select.setAttribute('aria-label', `${label} of ${this.#data.model.id}`);
      select.append(new Option(`${label}: all`, ''), ...[...values].sort().map((value) => new Option(value, value)));
      select.addEventListener('change', () => {
        if (select.value === '') this.#choices.delete(key);
        else this.#choices.set(key, select.value);
        this.#arrange();
      });
      tools.append(select);
    }
    return tools;
  }

  #head(): HTMLElement {
    const head = document.createElement('thead');
    const row = document.createElement('tr');
    for (const { key, label, kind, about } of this.#columns) {
      const cell = document.createElement('th');
      cell.scope = 'col';
      cell.className = kind === 'text' ? '' : 'number';
      cell.dataset['key'] = key;
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = label;
      button.title = about ?? `Sort by ${label.toLowerCase()}`;
      button.addEventListener('click', () => {
        this.#isRising = this.#sortKey === key ? !this.#isRising : kind === 'text' || kind === 'time' || key === 'ref';
        this.#sortKey = key;
        for (const other of row.children) other.removeAttribute('aria-sort');
        cell.setAttribute('aria-sort', this.#isRising ? 'ascending' : 'descending');
        this.#arrange();
      });
      cell.append(button);
      row.append(cell);
    }
    head.append(row);
    return head;
  }

  #arrange(): void {
    const data = this.#data;
    const order: number[] = [];
    for (let row = 0; row < data.rows; row++) {
      let isIn = true;
      for (const [key, value] of this.#choices) if (data.text(row, key) !== value) isIn = false;
      if (isIn && this.#search !== '') {
        isIn = this.#columns.some(({ key, kind }) =>
          cellText(data.value(row, key), kind, 2).toLowerCase().includes(this.#search),
        );
      }
      if (isIn) order.push(row);
    }
    const key = this.#sortKey;
    if (key !== undefined) {
      const sign = this.#isRising ? 1 : -1;
      order.sort((a, b) => {
        const [x, y] = [data.value(a, key), data.value(b, key)];
        if (x === y) return a - b;
        if (x === null || x === undefined) return 1;
        if (y === null || y === undefined) return -1;
        return (x < y ? -1 : 1) * sign;
      });
    }
    this.#order = order;
    this.#page = 0;
    this.#fill();
  }

  #fill(): void {
    const { rows } = this.#data;
    const size = this.#rowsShown;
    const pages = Math.max(1, Math.ceil(this.#order.length / size));
    this.#page = Math.max(0, Math.min(this.#page, pages - 1));
    const from = this.#page * size;
    const shown = this.#order.slice(from, from + size);
    this.#body.replaceChildren(...shown.map((row) => this.#row(row)));
    const text = document.createElement('span');
    text.setAttribute('role', 'status');
    const range = shown.length === 0 ? 'none' : `${from + 1}–${from + shown.length}`;
    text.textContent = `${range} of ${this.#order.length.toLocaleString('en-US')}${this.#order.length === rows ? '' : ` (${rows.toLocaleString('en-US')} in all)`}`;
    const turn = (label: string, to: number): HTMLButtonElement => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = label;
      button.disabled = to < 0 || to >= pages || to === this.#page;
      button.addEventListener('click', () => {
        this.#page = to;
        this.#fill();
        this.#root.scrollIntoView({ block: 'nearest' });
      });
      return button;
    };
    this.#status.replaceChildren(turn('First', 0), turn('Previous', this.#page - 1), text, turn('Next', this.#page + 1), turn('Last', pages - 1)); // prettier-ignore
  }

  #row(row: number): HTMLElement {
    const line = document.createElement('tr');
    if (row === this.#chosen) line.className = 'chosen';
    const decimals = this.#decimals(row);
    this.#columns.forEach(({ key, kind }, k) => {
      const cell = document.createElement('td');
      const value = this.#data.value(row, key);
      const text = cellText(value, kind, decimals);
      if (kind !== 'text') cell.className = 'number';
      if (typeof value === 'number') {
        cell.dataset['value'] = String(value);
        const isSigned = (kind === 'money' || kind === 'percent') && key !== 'commission';
        if (isSigned && value !== 0) cell.classList.add(value > 0 ? 'up' : 'down');
      }
      if (key === 'side')
        cell.innerHTML = `<span class="pill ${text === 'long' || text === 'buy' ? 'up' : 'down'}">${text}</span>`;
      else if (k === 0 && this.#choose !== undefined) {
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'link';
        button.textContent = text;
        button.setAttribute(
          'aria-label',
          `Show ${this.#data.model.id === 'trades' ? 'trade' : 'order'} ${text} on the chart`,
        );
        cell.append(button);
      } else cell.textContent = text;
      line.append(cell);
    });
    if (this.#choose !== undefined) line.addEventListener('click', () => this.#choose?.(row));
    return line;
  }
}
