/** The pages of the dashboard: the dashboard itself, and the reference of the API. */
const head = (title: string, script: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/app.css">
${script === '/app.js' ? '<script src="/charts.js" defer></script>' : ''}
<script src="${script}" defer></script>
</head>`;

export const page = `${head('nextbar', '/app.js')}
<body>
<header>
  <a class="brand" href="#sessions"><img src="/icon.svg" alt="" width="24" height="24"> nextbar</a>
  <nav aria-label="Views">
    <a href="#sessions">Sessions</a>
    <a href="#data">Data</a>
    <a href="#runs">Runs</a>
    <a href="/docs">API</a>
  </nav>
  <button id="sign-out" type="button" hidden>Sign out</button>
</header>
<main id="main" tabindex="-1"></main>
<p id="status" role="status" aria-live="polite"></p>
<dialog id="confirm" aria-labelledby="confirm-title">
  <form method="dialog">
    <h2 id="confirm-title"></h2>
    <p id="confirm-text"></p>
    <div class="row end">
      <button value="no" type="submit">Cancel</button>
      <button value="yes" type="submit" class="danger" id="confirm-yes"></button>
    </div>
  </form>
</dialog>
<noscript><p>The dashboard needs JavaScript; the API does not.</p></noscript>
</body>
</html>
`;

export const referencePage = `${head('nextbar API', '/docs.js')}
<body>
<header>
  <a class="brand" href="/"><img src="/icon.svg" alt="" width="24" height="24"> nextbar</a>
  <nav aria-label="Views"><a href="/">Dashboard</a><a href="/docs" aria-current="page">API</a></nav>
</header>
<main id="main"><h1>API</h1><p>Every endpoint takes a token as <code>Authorization: Bearer TOKEN</code>. <a href="/openapi.json">openapi.json</a> is the same for programs.</p><div id="endpoints"></div></main>
</body>
</html>
`;
