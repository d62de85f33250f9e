// An e-service, by openid-client. One JSON command a line on stdin, one JSON answer a line on stdout.
import * as client from "openid-client";
import { createInterface } from "node:readline";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI } = process.env;
let config;
const started = new Map();

const acts = {
  async discover() {
    config = await client.discovery(new URL(ISSUER), CLIENT_ID, undefined, client.ClientSecretBasic(CLIENT_SECRET));
    return config.serverMetadata();
  },
  async start({ scope = "openid entitled age_group", ...more }) {
    const verifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    const nonce = client.randomNonce();
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT_URI,
      scope,
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      ...more,
    });
    started.set(state, { verifier, nonce, maxAge: more.max_age });
    return { url: url.href, state };
  },
  async finish({ url, state, verifier }) {
    const known = started.get(state);
    const tokens = await client.authorizationCodeGrant(config, new URL(url), {
      pkceCodeVerifier: verifier ?? known.verifier,
      expectedState: state,
      expectedNonce: known.nonce,
      maxAge: known.maxAge,
    });
    const claims = tokens.claims();
    const told = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
    return { claims, told, id_token: tokens.id_token, access_token: tokens.access_token };
  },
  async userinfo({ token, sub }) {
    return client.fetchUserInfo(config, token, sub);
  },
  async leave({ id_token }) {
    const url = client.buildEndSessionUrl(config, { id_token_hint: id_token, state: "bye" });
    return { url: url.href };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { act, ...given } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ ok: await acts[act](given) }));
  } catch (error) {
    console.log(JSON.stringify({ error: error.error ?? error.code ?? error.name, message: error.message }));
  }
}
