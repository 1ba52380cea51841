import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violations } from './check.ts';
import type { Asked, Call, Final, Held, History, Item, Logged, News, Told } from './history.ts';

/** A small record in which all went well; each test spoils one thing of it and sees that found. */
type Spoilt = { -readonly [K in keyof History]: History[K] };

const bridge = (id: string, name: string): Item => [`bridge/${id}`, JSON.stringify({ name })];
const gone = (id: string): Item => [`bridge/${id}`, null];

function logged(revision: number, items: readonly Item[], more: Partial<Logged> = {}): Logged {
  const changes = items.map(([key, value]) => [key, value, null] as const);
  return { kind: 'log', revision, at: 1000 + revision, user: 'admin', changes, ...more };
}

function call(asked: Asked, start: number, told: Told, client = 0): Call {
  return { kind: 'call', client, asked, start, end: start + 5, told };
}

const ok = (values: Readonly<Record<string, string>> = {}): Told => ({ kind: 'ok', values });
const refused = (status: number): Told => ({ kind: 'refused', status, why: 'because' });
const unknown: Told = { kind: 'unknown', why: 'nobody answered' };

const block = (hostId: string, until = 5000): string => JSON.stringify({ hostId, until, generation: 1 });

/** Revision 1 makes the register `r`, 2 and 3 objects of a group, 5 the batch, 8 and 9 NAT blocks. */
function good(): Spoilt {
  const log = [
    logged(1, [bridge('r', 'r0')]),
    logged(2, [bridge('g', 'g0')]),
    logged(3, [bridge('h', 'h0')]),
    logged(4, [bridge('r', 'r1')]),
    logged(5, [bridge('g', 'b0'), bridge('h', 'b0'), bridge('n', 'b0')]),
    logged(6, [bridge('r', 'r2')]),
    logged(7, [gone('n')]),
    logged(8, [['natBlock/x/1', block('A')]]),
    logged(9, [['natBlock/x/1', null]]),
    logged(10, [['natBlock/x/1', block('B')]]),
  ];
  const calls = [
    call({ kind: 'create', value: 'r0' }, 0, ok({ r: 'r0' })),
    call({ kind: 'create', value: 'g0' }, 10, ok({ g: 'g0' })),
    call({ kind: 'create', value: 'h0' }, 20, unknown),
    call({ kind: 'write', id: 'r', value: 'r1' }, 30, ok()),
    call({ kind: 'read', id: 'r' }, 40, ok({ r: 'r1' })),
    call({ kind: 'batch', ids: ['g', 'h'], added: 'n', value: 'b0', from: 'g0' }, 50, ok()),
    call({ kind: 'cas', id: 'r', from: 'r1', value: 'r2' }, 60, ok()),
    call({ kind: 'cas', id: 'r', from: 'r1', value: 'r3' }, 70, refused(412)),
    call({ kind: 'write', id: 'r', value: 'r4' }, 70, unknown, 1),
    call({ kind: 'delete', id: 'n' }, 80, ok()),
    call({ kind: 'lookBack', ids: ['g', 'h'], revision: 4 }, 90, ok({ g: 'g0', h: 'h0' })),
  ];
  const news: News[] = [
    { kind: 'news', watcher: 0, of: 'snapshot', revision: 2, items: [bridge('r', 'r0'), bridge('g', 'g0')] },
    { kind: 'news', watcher: 0, of: 'delta', revision: 3, items: [bridge('h', 'h0')] },
    { kind: 'news', watcher: 0, of: 'delta', revision: 4, items: [bridge('r', 'r1')] },
    {
      kind: 'news',
      watcher: 0,
      of: 'delta',
      revision: 5,
      items: [bridge('g', 'b0'), bridge('h', 'b0'), bridge('n', 'b0')],
    },
    {
      kind: 'news',
      watcher: 0,
      of: 'snapshot',
      revision: 6,
      items: [bridge('r', 'r2'), bridge('g', 'b0'), bridge('h', 'b0'), bridge('n', 'b0')],
    },
    { kind: 'news', watcher: 0, of: 'delta', revision: 7, items: [gone('n')] },
  ];
  const final: Final = {
    kind: 'final',
    revision: 10,
    items: [bridge('r', 'r2'), bridge('g', 'b0'), bridge('h', 'b0'), ['natBlock/x/1', block('B')]],
  };
  const values = { r: 'r2', g: 'b0', h: 'b0' };
  const held: Held[] = [
    { kind: 'held', host: 'A', block: '1', generation: 1, start: 0, end: 40 },
    { kind: 'held', host: 'B', block: '1', generation: 2, start: 50, end: 90 },
  ];
  return { calls, news, log, final, views: [{ kind: 'view', controller: 'c0', values }], held };
}

const replaced = <T>(list: readonly T[], at: number, by: Partial<T>): T[] =>
  list.map((one, index) => (index === at ? { ...one, ...by } : one));
const without = <T>(list: readonly T[], at: number): T[] => list.filter((_, index) => index !== at);

test('a record in which all went well has nothing against it', () => {
  assert.deepEqual(violations(good()), []);
});

/** Name, what is spoilt, what must be found. */
const PLANTED: readonly (readonly [string, (history: Spoilt) => void, RegExp])[] = [
  [
    'an acknowledged write is lost',
    (h) => (h.calls = [...h.calls, call({ kind: 'write', id: 'r', value: 'r9' }, 95, ok())]),
    /writes: .*"r9".* was ok and is there 0 times/,
  ],
  [
    'an acknowledged creation is lost',
    (h) => (h.calls = [...h.calls, call({ kind: 'create', value: 'z' }, 95, ok({ z: 'z' }))]),
    /writes: .*"z".* 0 times/,
  ],
  [
    'a write without an answer was done twice',
    (h) =>
      (h.log = replaced(h.log, 1, {
        changes: [
          ['bridge/g', '{"name":"g0"}', null],
          ['bridge/q', '{"name":"h0"}', null],
        ],
      })),
    /writes: .*"h0".* was unknown and is there 2 times/,
  ],
  [
    'a write that was repeated overwrote another',
    (h) => (h.log = [...h.log, logged(11, [bridge('r', 'r1')])]),
    /writes: .*"r1".* was ok and is there 2 times/,
  ],
  [
    'a refused write was done',
    (h) => (h.calls = replaced(h.calls, 3, { told: refused(412) })),
    /writes: .*"r1".* was refused/,
  ],
  [
    'what nobody asked for is there',
    (h) => (h.log = replaced(h.log, 5, { changes: [['bridge/r', '{"name":"ghost"}', null]] })),
    /writes: nobody asked for ghost/,
  ],
  [
    'a deletion is undone',
    (h) => (h.log = [...h.log, logged(11, [bridge('n', 'b0')])]),
    /writes: .*"delete".* was done/,
  ],
  [
    'a write is refused without reason',
    (h) => (h.calls = [...h.calls, call({ kind: 'write', id: 'r', value: 'x' }, 95, refused(404))]),
    /writes: .*refused with 404/,
  ],
  [
    'the controllers end with different answers',
    (h) => (h.views = replaced(h.views, 0, { values: { r: 'r1', g: 'b0', h: 'b0' } })),
    /writes: c0 shows r1 at the end for r, not r2/,
  ],
  [
    'a read is stale',
    (h) => (h.calls = replaced(h.calls, 4, { asked: { kind: 'read', id: 'r' }, told: ok({ r: 'r0' }) })),
    /order: .*"read".*revision 1 to 3, though revision 4 was known/,
  ],
  [
    'a read sees what was never there',
    (h) => (h.calls = replaced(h.calls, 4, { told: ok({ r: 'r7' }) })),
    /order: .*r7 was never its value/,
  ],
  [
    'a read sees a write before it was asked for',
    (h) => (h.calls = replaced(h.calls, 4, { told: ok({ r: 'r2' }) })),
    /order: .*"batch".*revision 5 to 5, though revision 6 was known/,
  ],
  [
    'a compare-and-set beats another',
    (h) => (h.log = [...h.log, logged(11, [bridge('r', 'r3')])]),
    /order: .*"r3"|writes: .*"r3"/,
  ],
  [
    'a compare-and-set hits another value',
    (h) => (h.calls = replaced(h.calls, 6, { asked: { kind: 'cas', id: 'r', from: 'r0', value: 'r2' } })),
    /order: .*set to r2 when it was r1/,
  ],
  [
    'two writes one after the other are stored the other way round',
    (h) => (h.calls = replaced(h.calls, 3, { start: 66, end: 69 })),
    /order: .*"r1".*revision 4 to 4, though revision 6 was known/,
  ],
  [
    'half a batch',
    (h) =>
      (h.log = replaced(h.log, 4, {
        changes: [
          ['bridge/g', '{"name":"b0"}', null],
          ['bridge/n', '{"name":"b0"}', null],
        ],
      })),
    /groups: revision 5 has .* without h/,
  ],
  [
    'a look back sees another time',
    (h) => (h.calls = replaced(h.calls, 10, { told: ok({ g: 'b0', h: 'h0' }) })),
    /groups: .*saw b0, not g0/,
  ],
  ['a revision is missing in the log', (h) => (h.log = without(h.log, 6)), /log: the log goes from revision 6 to 8/],
  [
    'the store ends with something else than its log',
    (h) => (h.final = { ...h.final, items: h.final.items.slice(1) }),
    /log: bridge\/r should be/,
  ],
  [
    'a watcher misses a revision',
    (h) => (h.news = without(h.news, 2)),
    /watchers: .*revision 5 was told where 4 comes next/,
  ],
  [
    'a watcher is told twice',
    (h) => (h.news = h.news.toSpliced(3, 0, h.news[2]!)),
    /watchers: .*revision 4 was told where 5 comes next/,
  ],
  [
    'a watcher is told out of order',
    (h) => (h.news = [h.news[0]!, h.news[2]!, h.news[1]!, ...h.news.slice(3)]),
    /watchers: .*revision 4 was told where 3/,
  ],
  [
    'a watcher gets half of a revision',
    (h) => (h.news = replaced(h.news, 3, { items: [bridge('g', 'b0')] })),
    /watchers: .*revision 5 was told with bridge\/h as nothing/,
  ],
  [
    'a watcher is sent back in time',
    (h) => (h.news = [...h.news, h.news[0]!]),
    /watchers: .*a snapshot of revision 2 after revision 7/,
  ],
  [
    'a snapshot lacks something',
    (h) => (h.news = replaced(h.news, 4, { items: [bridge('r', 'r2')] })),
    /watchers: .*snapshot of revision 6/,
  ],
  ['a watcher never hears of the end', (h) => (h.news = without(h.news, 5)), /watchers: .*never heard of revision 7/],
  [
    'two hosts hold a block',
    (h) => (h.held = replaced(h.held, 0, { end: 60 })),
    /leases: block 1 was A's and B's from 50\.0 to 60\.0 ms/,
  ],
  [
    'a block passes on while it is leased',
    (h) => (h.log = replaced(h.log, 8, { changes: [] })),
    /leases: revision 10 gives natBlock\/x\/1 to B/,
  ],
  [
    'a lease comes back to life',
    (h) =>
      (h.log = [
        ...h.log,
        logged(11, [], { changes: [['hostAlive/A', '{}', 'L']] }),
        logged(12, [], { user: 'system', changes: [['hostAlive/A', null, null]] }),
        logged(13, [], { changes: [['hostAlive/A', '{}', 'L']] }),
      ]),
    /leases: revision 13 hangs hostAlive\/A on L, which ended at 12/,
  ],
];

for (const [name, spoil, found] of PLANTED) {
  test(`it is found when ${name}`, () => {
    const history = good();
    spoil(history);
    const told = violations(history);
    assert.ok(
      told.some((text) => found.test(text)),
      told.join('\n') || 'nothing was found',
    );
  });
}
