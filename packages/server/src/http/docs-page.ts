import { API_ROOT, NOT_BUILT, openApiDocument, type OpenApiDocument } from '@midonet/contract';
import { operationHtml } from './docs-operation.ts';
import { escapeHtml } from './html.ts';

const STYLE = `
body{font:15px/1.5 system-ui,sans-serif;margin:0;color:#1c2530;display:grid;grid-template-columns:14rem minmax(0,64rem)}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1rem;box-sizing:border-box;border-right:1px solid #e2e6ea}
nav a{display:block;color:inherit;text-decoration:none} nav a:hover{text-decoration:underline}
main{padding:1rem 2rem} h2{margin:2rem 0 .3rem;font-size:1.1rem} h3{font-size:.95rem;margin:.8rem 0 .2rem}
table{border-collapse:collapse;width:100%} code{font-size:.9em} .t{color:#5b6875;font-size:.85em}
td{padding:.2rem .6rem .2rem 0;border-top:1px solid #eef0f2;vertical-align:top}
details{border-top:1px solid #e2e6ea;padding:.25rem 0} details>div{padding:0 0 .8rem 1rem} summary{cursor:pointer}
.m{display:inline-block;font-weight:600;width:4.5rem} @media(max-width:50rem){body{display:block}nav{display:none}}`;

/** What may be loaded beside the page itself: nothing, from nowhere. */
export const DOCS_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** A page to browse the API with, made from its OpenAPI document; it loads nothing else and runs nothing. */
export function docsPage(version: string): string {
  const document = openApiDocument(version);
  const groups = document.tags.map(({ name }) => name);
  const missing = NOT_BUILT.map(({ path, feature }) => `<tr><td><code>${path}</code></td><td>${feature}</td></tr>`);
  return `<!doctype html><html lang=en><meta charset=utf-8><title>MidoNet API</title><style>${STYLE}</style>
<nav><b>MidoNet API</b>${groups.map((name) => `<a href="#${name}">${name}</a>`).join('')}
<a href="#not-built">Not built yet</a></nav>
<main><h1>MidoNet API</h1><p>Version ${escapeHtml(version)}. Machine-readable:
<a href="${API_ROOT}/openapi.json">OpenAPI ${document.openapi}</a>. Plain <code>application/json</code> is understood
beside every vendor type.</p>${groups.map((name) => sectionOf(document, name)).join('')}
<h2 id=not-built>Answered with 501 for now</h2><table>${missing.join('')}</table></main></html>`;
}

function sectionOf({ paths, components }: OpenApiDocument, group: string): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { tags }]) => Array.isArray(tags) && tags.includes(group))
      .map(([method, described]) => operationHtml({ path, method, described, components })),
  );
  return `<h2 id="${group}">${group}</h2>${operations.join('')}`;
}
