import type { Session } from '../session.ts';
import type { Options } from '../verbs.ts';

const HELP = 'mirrors, by commas; none takes them off';

/** The options of what shows its packets to mirrors. */
export const MIRROR_OPTIONS = [
  ['--inbound-mirrors <mirrors>', `shown what comes in: ${HELP}`],
  ['--outbound-mirrors <mirrors>', `shown what goes out: ${HELP}`],
] as const;

export const PORT_MIRROR_OPTIONS = [
  ...MIRROR_OPTIONS,
  ['--post-in-filter-mirrors <mirrors>', `shown what comes in and passes the filter: ${HELP}`],
  ['--pre-out-filter-mirrors <mirrors>', `shown what would go out, before the filter: ${HELP}`],
] as const;

async function ids(session: Session, text: string | undefined): Promise<string[] | undefined> {
  if (text === undefined) return undefined;
  if (text === 'none') return [];
  const names = text.split(',').map((one) => one.trim());
  return Promise.all(names.map(async (name) => (await session.directory.mirror(name)).id));
}

/** Absent options change nothing. */
export async function mirrorBody(session: Session, options: Options) {
  return {
    inboundMirrorIds: await ids(session, options.text('inboundMirrors')),
    outboundMirrorIds: await ids(session, options.text('outboundMirrors')),
  };
}

export async function portMirrorBody(session: Session, options: Options) {
  return {
    ...(await mirrorBody(session, options)),
    postInFilterMirrorIds: await ids(session, options.text('postInFilterMirrors')),
    preOutFilterMirrorIds: await ids(session, options.text('preOutFilterMirrors')),
  };
}
