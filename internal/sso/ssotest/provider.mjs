// A provider of OpenID Connect for the tests: whoever logs in as "sales" or "nobody"
// is in the group of that name.
import { Provider } from "oidc-provider";
import { createServer } from "node:http";

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: "quid", client_secret: "a-secret-of-the-tests-only", redirect_uris: [process.argv[2]] }],
    claims: { openid: ["sub", "groups"], email: ["email", "email_verified"], profile: ["name"] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: true, name: `Person ${id}`, groups: ["staff", id] }),
    }),
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
