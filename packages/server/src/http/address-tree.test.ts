import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressTree } from './address-tree.ts';

const tree = new AddressTree<string>();
for (const template of ['/ports', '/ports/{id}', '/ports/{id}/link', '/ports/all/{name}', '/{any}/link/{last}']) {
  tree.at(template, () => template);
}

function found(path: string): readonly unknown[] {
  const one = tree.find(path.split('/').slice(1));
  return one === undefined ? [] : [one.value, one.params];
}

test('an address is found by its words and parameters, words first', () => {
  assert.deepEqual(found('/ports'), ['/ports', {}]);
  assert.deepEqual(found('/ports/7'), ['/ports/{id}', { id: '7' }]);
  assert.deepEqual(found('/ports/all'), ['/ports/{id}', { id: 'all' }]);
  assert.deepEqual(found('/ports/all/link'), ['/ports/all/{name}', { name: 'link' }]);
  assert.deepEqual(found('/ports/7/link'), ['/ports/{id}/link', { id: '7' }]);
  assert.deepEqual(found('/ports/link/7'), ['/{any}/link/{last}', { any: 'ports', last: '7' }]);
});

test('nothing is found beside, above and below them, and no parameter is empty', () => {
  for (const path of ['/', '/port', '/ports/', '/ports/7/links', '/ports/7/link/8/9', '//link/7', '/ports/{id}/no']) {
    assert.deepEqual(found(path), [], path);
  }
});

test('what stands at a template is made once', () => {
  assert.equal(
    tree.at('/ports/{other}', () => 'another'),
    '/ports/{id}',
  );
});
