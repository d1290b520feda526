/** Where bars come from. */
export { DataFeed, feedOptionNames, type FeedOptions, type LoadContext, type LoadProgress } from './feed.ts';
