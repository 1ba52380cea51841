import type { FastifyReply, FastifyRequest } from 'fastify';
import { sessionCookie } from './answer.ts';
import { LOGIN_FIRST } from './app.ts';
import { Refusal } from './problem.ts';
import { recognize, type RouteModules } from './routes.ts';

/**
 * For pages that people open: a browser has no place to put a token, so it is told to ask for user and
 * password, and gets a session for them, as POST /login gives.
 */
export async function letBrowserIn(modules: RouteModules, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { authenticator } = modules;
  if ((await authenticator.identify(request.headers)) === undefined) {
    const session = await authenticator.login(request.headers, request.ip);
    if (session === undefined) {
      void reply.header('www-authenticate', 'Basic realm="MidoNet", charset="UTF-8"');
      throw new Refusal(401, LOGIN_FIRST);
    }
    const expires = new Date(session.expires).toUTCString();
    void reply.header('set-cookie', sessionCookie(request, session.key, expires));
    request.headers.cookie = `sessionId=${session.key}`;
  }
  await recognize(modules, request, reply);
}
