import { pick, shuffled, type Random } from '../lab/seeded.ts';
import { CONTROLLERS, MEMBERS, type Lab } from './lab.ts';
import { skewText, someSkew } from './skewed-clock.ts';

/** Something that goes wrong, and is put right by what `begin` answers. */
export type Fault = { readonly name: string; readonly begin: () => Promise<() => Promise<void>> };

/** One of each kind, at places that the seed chooses, in an order that it chooses. */
export function faultsOf(lab: Lab, random: Random): Fault[] {
  const any = (): number => Math.floor(random() * MEMBERS.length);
  const kinds = [
    killController,
    pauseController,
    skewController,
    killAllControllers,
    killMember,
    pauseMember,
    killMajority,
    killAllMembers,
    isolateMember,
    deafMember,
    twoMembersApart,
    controllerWithoutEtcd,
    controllerMutedByEtcd,
    clientsWithoutController,
    everythingSplit,
  ];
  return shuffled(random, kinds).map((kind) => kind(lab, any(), random));
}

type Kind = (lab: Lab, at: number, random: Random) => Fault;

const killController: Kind = ({ controllers }, at) => ({
  name: `controller ${at} is killed`,
  begin: async () => {
    await controllers[at]?.end('SIGKILL');
    return async () => controllers[at]?.start();
  },
});

const pauseController: Kind = ({ controllers }, at) => ({
  name: `controller ${at} stands still`,
  begin: async () => {
    controllers[at]?.signal('SIGSTOP');
    return async () => controllers[at]?.signal('SIGCONT');
  },
});

const skewController: Kind = ({ controllers, clocks }, at, random) => {
  const offset = someSkew(random);
  const set = (ms: number): void => clocks[at]!.set(ms, controllers[at]!);
  return {
    name: `the clock of controller ${at} is ${skewText(offset)}`,
    begin: async () => {
      set(offset);
      return async () => set(0);
    },
  };
};

const killAllControllers: Kind = ({ controllers }) => ({
  name: 'all controllers are killed',
  begin: async () => {
    await Promise.all(controllers.map((controller) => controller.end('SIGKILL')));
    return async () => {
      await Promise.all(controllers.map((controller) => controller.start()));
    };
  },
});

const killMember: Kind = ({ etcd }, at) => ({
  name: `member ${at} is killed`,
  begin: async () => {
    await etcd.kill(at);
    return async () => etcd.run(at);
  },
});

const pauseMember: Kind = ({ etcd }, at) => ({
  name: `member ${at} stands still`,
  begin: async () => {
    etcd.signal(at, 'SIGSTOP');
    return async () => etcd.signal(at, 'SIGCONT');
  },
});

const killMajority: Kind = ({ etcd }, at) => {
  const others = MEMBERS.map((_, i) => i).filter((i) => i !== at);
  return {
    name: `members ${others.join(' and ')} are killed`,
    begin: async () => {
      await Promise.all(others.map((i) => etcd.kill(i)));
      return async () => others.forEach((i) => etcd.run(i));
    },
  };
};

const killAllMembers: Kind = ({ etcd }) => ({
  name: 'all members are killed',
  begin: async () => {
    await Promise.all(MEMBERS.map((_, i) => etcd.kill(i)));
    return async () => MEMBERS.forEach((_, i) => etcd.run(i));
  },
});

const isolateMember: Kind = (lab, at) =>
  partition(lab, `member ${at} is cut off from the others`, () => {
    for (const other of othersOf(at)) lab.cut(MEMBERS[at]!, other);
  });

const deafMember: Kind = (lab, at) =>
  partition(lab, `member ${at} does not hear the others`, () => {
    for (const other of othersOf(at)) lab.mute(other, MEMBERS[at]!);
  });

const twoMembersApart: Kind = (lab, at) => {
  const [a, b] = othersOf(at);
  return partition(lab, `two members do not hear each other, member ${at} hears both`, () => lab.cut(a!, b!));
};

const controllerWithoutEtcd: Kind = (lab, at) =>
  partition(lab, `controller ${at} is cut off from etcd`, () => {
    for (const member of MEMBERS) lab.cut(CONTROLLERS[at]!, member);
  });

/** What it asks arrives and is done; what is answered is lost. */
const controllerMutedByEtcd: Kind = (lab, at) =>
  partition(lab, `controller ${at} does not hear etcd`, () => {
    for (const member of MEMBERS) lab.mute(member, CONTROLLERS[at]!);
  });

const clientsWithoutController: Kind = (lab, at, random) => {
  const answersLost = random() < 0.5;
  const name = answersLost ? `clients do not hear controller ${at}` : `clients are cut off from controller ${at}`;
  return partition(lab, name, () => {
    if (answersLost) lab.mute(CONTROLLERS[at]!, 'clients');
    else lab.cut(CONTROLLERS[at]!, 'clients');
  });
};

/** Each controller reaches one member alone, and that one member is not the same for any two. */
const everythingSplit: Kind = (lab, at, random) => {
  const stays = pick(random, MEMBERS);
  return partition(lab, `each controller reaches one member, ${stays} is alone`, () => {
    for (const [i, controller] of CONTROLLERS.entries()) {
      const own = MEMBERS[(i + at) % MEMBERS.length];
      for (const member of MEMBERS) if (member !== own) lab.cut(controller, member);
    }
    for (const other of MEMBERS) if (other !== stays) lab.cut(stays, other);
  });
};

function partition(lab: Lab, name: string, cut: () => void): Fault {
  return {
    name,
    begin: async () => {
      cut();
      return async () => lab.mend();
    },
  };
}

function othersOf(at: number): (typeof MEMBERS)[number][] {
  return MEMBERS.filter((_, i) => i !== at);
}
