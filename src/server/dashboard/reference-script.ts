/** The script of the reference page: the endpoints of the OpenAPI description as a list. */
export const referenceScript = `'use strict';
const target = document.getElementById('endpoints');
const el = (name, attributes, ...children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
};
fetch('/openapi.json').then((answer) => answer.json()).then(({ paths }) => {
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { summary = '', parameters = [], security = [] }] of Object.entries(methods)) {
      const scope = security.flatMap((one) => Object.values(one).flat()).join(', ');
      const rows = parameters.map(({ name, required, schema = {}, description = '' }) => el('tr', {}, el('td', {}, el('code', {}, name)), el('td', {}, required ? 'yes' : ''),
        el('td', {}, description || schema.description || (schema.enum ? schema.enum.join(', ') : schema.type ?? ''))));
      target.append(el('section', { class: 'card', 'aria-label': method + ' ' + path },
        el('h2', {}, method.toUpperCase() + ' ', el('code', {}, path)), el('p', {}, summary), el('p', { class: 'soft' }, scope === '' ? 'No token needed.' : 'Scope: ' + scope),
        ...(rows.length === 0 ? [] : [el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Parameters of ' + path }, el('table', {}, el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Parameter'), el('th', { scope: 'col' }, 'Needed'), el('th', { scope: 'col' }, 'Value'))), el('tbody', {}, ...rows)))])));
    }
  }
});
`;
