import { allEndpoints, API_ROOT, NOT_BUILT } from '@midonet/contract';

const STYLE = `
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1c2530}
h2{margin:2rem 0 .3rem;font-size:1.1rem} table{border-collapse:collapse;width:100%}
td{padding:.25rem .6rem .25rem 0;border-top:1px solid #e2e6ea;vertical-align:top} code{font-size:.9em}
.m{font-weight:600;width:4.5rem} .t{color:#5b6875;font-size:.85em}`;

/** A page to browse the endpoints with, made from their definitions; it loads nothing else. */
export function docsPage(version: string): string {
  const groups = Map.groupBy(allEndpoints(), ({ group }) => group);
  const sections = [...groups].map(([group, endpoints]) => {
    const rows = endpoints.map(({ endpoint }) => {
      const query = endpoint.query.length === 0 ? '' : `?${endpoint.query.join('&amp;')}`;
      return `<tr><td class=m>${endpoint.method}</td><td><code>${API_ROOT}${endpoint.path}${query}</code></td>
<td>${escapeHtml(endpoint.summary)}<div class=t>${endpoint.media.join('<br>')}</div></td></tr>`;
    });
    return `<h2>${group}</h2><table>${rows.join('')}</table>`;
  });
  const missing = NOT_BUILT.map(({ path, feature }) => `<tr><td><code>${path}</code></td><td>${feature}</td></tr>`);
  return `<!doctype html><html lang=en><meta charset=utf-8><title>MidoNet API</title><style>${STYLE}</style>
<h1>MidoNet API</h1><p>Version ${escapeHtml(version)}. Machine-readable: <a href="${API_ROOT}/openapi.json">OpenAPI</a>.
Plain <code>application/json</code> is understood beside every vendor type.</p>${sections.join('')}
<h2>Answered with 501 for now</h2><table>${missing.join('')}</table></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
