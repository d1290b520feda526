// A whole session on paper in seconds, with nothing at hand: npm run demo:paper.
import { demo } from './demo-session.mjs';

process.exit(await demo(['paper'], 200, '60m'));
