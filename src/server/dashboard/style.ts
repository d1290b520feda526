/** The style of the dashboard: light and dark, from the width of a phone on. */
export const style = `
:root {
  --bg: #f6f7f9; --card: #ffffff; --text: #16202c; --soft: #566475; --line: #dde3ea; --brand: #0f766e; --up: #0b7a55; --down: #b3261e; --warn: #8a5a00;
  --radius: 10px;
}
@media (prefers-color-scheme: dark) {
  :root { --bg: #0f141a; --card: #171e26; --text: #e6ebf1; --soft: #9fadbd; --line: #2a3542; --brand: #5eead4; --up: #5fd3a3; --down: #ff8f86; --warn: #f2c063; }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; background: var(--bg); color: var(--text); font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
a { color: var(--brand); }
header { display: flex; gap: 1rem; align-items: center; flex-wrap: wrap; padding: .6rem 1.2rem; background: var(--card); border-bottom: 1px solid var(--line); position: sticky; top: 0; z-index: 2; }
.brand { display: flex; gap: .5rem; align-items: center; font-weight: 700; font-size: 1.05rem; color: var(--text); text-decoration: none; }
nav { display: flex; gap: .25rem; flex: 1; flex-wrap: wrap; }
nav a { padding: .3rem .7rem; border-radius: 7px; text-decoration: none; color: var(--soft); }
nav a:hover, nav a[aria-current] { background: var(--bg); color: var(--text); }
td { vertical-align: top; }
main { max-width: 1180px; margin: 0 auto; padding: 1.2rem; outline: none; }
h1 { font-size: 1.35rem; margin: .2rem 0 1rem; }
h2 { font-size: 1.05rem; margin: 0 0 .5rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); padding: 1rem 1.1rem; margin-bottom: 1rem; scroll-margin-top: 72px; }
.row { display: flex; gap: .8rem; align-items: center; flex-wrap: wrap; }
.row.between { justify-content: space-between; }
.row.end { justify-content: flex-end; }
.soft { color: var(--soft); }
.row h2 { margin: 0; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: .6rem 1.2rem; margin: .8rem 0; }
.facts dt { color: var(--soft); font-size: .8rem; }
.facts dd { margin: 0; font-variant-numeric: tabular-nums; font-weight: 600; overflow-wrap: anywhere; }
.badge { display: inline-block; padding: .05rem .55rem; border-radius: 99px; font-size: .8rem; font-weight: 600; border: 1px solid currentColor; }
.running { color: var(--up); } .silent { color: var(--warn); } .ended { color: var(--soft); }
.up { color: var(--up); } .down { color: var(--down); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: .3rem; }
th, td { text-align: left; padding: .4rem .7rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 600; font-size: .82rem; }
td.n, th.n { text-align: right; }
tbody tr:last-child td { border-bottom: 0; }
tr.same td { color: var(--soft); }
button, input, select { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .4rem .8rem; }
button { cursor: pointer; }
button:hover { border-color: var(--brand); }
button.primary { background: var(--brand); border-color: var(--brand); color: var(--card); font-weight: 600; }
button.danger { border-color: var(--down); color: var(--down); }
button:disabled { opacity: .5; cursor: default; }
:focus-visible { outline: 2px solid var(--brand); outline-offset: 2px; }
label { display: block; font-weight: 600; margin-bottom: .3rem; }
.sign-in { max-width: 460px; margin: 8vh auto; }
.sign-in input { width: 100%; margin-bottom: .8rem; font-family: ui-monospace, monospace; }
.chart { height: 360px; }
.months { display: flex; gap: 3px; flex-wrap: wrap; list-style: none; margin: .6rem 0; padding: 0; }
.months li { width: 20px; height: 20px; border-radius: 4px; border: 1px solid var(--line); background: linear-gradient(var(--brand), var(--brand)) bottom / 100% var(--full, 0%) no-repeat; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, monospace; font-size: .88em; }
.log { margin: 0; padding: 0; list-style: none; font-family: ui-monospace, monospace; font-size: .82rem; }
.log li { padding: .15rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
#status { position: fixed; bottom: 1rem; left: 50%; transform: translateX(-50%); margin: 0; background: var(--text); color: var(--bg); border-radius: 8px; padding: .5rem 1rem; max-width: 90vw; }
#status:empty { display: none; }
dialog { border: 1px solid var(--line); border-radius: var(--radius); background: var(--card); color: var(--text); max-width: 420px; }
dialog::backdrop { background: rgb(0 0 0 / .5); }
@media (max-width: 620px) {
  main { padding: .8rem; }
  header { gap: .3rem .8rem; }
  nav { order: 3; flex-basis: 100%; }
  .card { scroll-margin-top: 110px; }
  #sign-out { margin-left: auto; }
  .chart { height: 260px; }
  th, td { padding: .35rem .5rem; }
}
`;
