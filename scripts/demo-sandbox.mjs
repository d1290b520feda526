// A whole session with orders on the local exchange, through ccxt, in seconds: npm run demo:sandbox.
import { demo } from './demo-session.mjs';

process.exit(await demo(['trade', '--sandbox'], 150, '45m'));
