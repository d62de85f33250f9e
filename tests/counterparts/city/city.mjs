// A city's identity provider, by oidc-provider, over TLS. One JSON command a line in, one JSON answer a line out.
// Whoever is sent here is signed in at once as the person that `person` named last, or refused by `refuse`.
import Provider, { interactionPolicy } from "oidc-provider";
import { createServer } from "node:https";
import { createInterface } from "node:readline";
import { generateKeyPairSync, randomBytes } from "node:crypto";

const { KEY, CERT, CLIENT_ID, CLIENT_SECRET, REDIRECT_URIS } = process.env;
const log = (answer) => process.stdout.write(JSON.stringify(answer) + "\n");
console.warn = console.info = console.log = () => {};

const claims = new Map();
let person = null;
let refuse = false;
const server = createServer({ key: KEY, cert: CERT });
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const issuer = `https://localhost:${server.address().port}`;
const names = ["municipality", "birthdate", "locale", "identity", "blocked", "name", "email", "family"];

const fresh = (kind, how, more) => ({ ...generateKeyPairSync(kind, how).privateKey.export({ format: "jwk" }), use: "sig", ...more });
const keys = [
  fresh("rsa", { modulusLength: 2048 }, { kid: "rsa" }),
  fresh("ec", { namedCurve: "P-256" }, { kid: "ec", alg: "ES256" }),
];
const policy = interactionPolicy.base();
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      redirect_uris: REDIRECT_URIS.split(" "),
      grant_types: ["authorization_code"],
      response_types: ["code"],
      id_token_signed_response_alg: process.env.ALG ?? "RS256",
    },
  ],
  enabledJWA: { idTokenSigningAlgValues: ["RS256", "PS256", "ES256"] },
  acrValues: ["high", "low"],
  claims: { openid: ["sub", "acr", "amr"], profile: names },
  conformIdTokenClaims: false,
  jwks: { keys },
  cookies: { keys: [randomBytes(16).toString("hex")] },
  features: { devInteractions: { enabled: false } },
  interactions: { policy, url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, sub) => ({ accountId: sub, claims: async () => ({ sub, ...claims.get(sub) }) }),
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope("openid profile");
    await grant.save();
    return grant;
  },
  pkce: { required: () => true },
  ttl: { Interaction: 600, Session: 600, Grant: 600, IdToken: 600, AccessToken: 600 },
});

const answer = provider.callback();
server.on("request", async (request, response) => {
  if (!request.url.startsWith("/interaction/")) return answer(request, response);
  const result = refuse
    ? { error: "access_denied", error_description: "the person went back" }
    : { login: { accountId: person.sub, acr: person.acr, amr: person.amr, remember: false } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
});

const acts = {
  async where() {
    return issuer;
  },
  async person({ sub, acr, amr, ...more }) {
    person = { sub, acr, amr };
    claims.set(sub, more);
    refuse = false;
    return sub;
  },
  async refuse() {
    refuse = true;
    return true;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { act, ...given } = JSON.parse(line);
  try {
    log({ ok: await acts[act](given) });
  } catch (error) {
    log({ error: error.name, message: error.message });
  }
}
