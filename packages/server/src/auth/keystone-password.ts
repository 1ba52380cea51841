/** Who logs in, and in which project: its name, or its id. Without one Keystone takes the user's own. */
export type KeystoneLogin = {
  readonly user: string;
  readonly password: string;
  readonly project: string | undefined;
};

/** As Keystone makes them. */
const PROJECT_ID = /^[0-9a-f]{32}$/;

/** What `POST /v3/auth/tokens` is asked for a password (Identity API v3, "Password authentication"). */
export function passwordQuestion({ user, password, project = '' }: KeystoneLogin, domainId: string): object {
  const domain = { id: domainId };
  const scope = PROJECT_ID.test(project) ? { project: { id: project } } : { project: { name: project, domain } };
  return {
    auth: {
      identity: { methods: ['password'], password: { user: { name: user, domain, password } } },
      ...(project === '' ? {} : { scope }),
    },
  };
}
