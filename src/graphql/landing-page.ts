/** What a person sees who opens the endpoint in a browser. Works without the internet. */
export const LANDING_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trunkline GraphQL</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark; }
  textarea, input, pre { width: 100%; box-sizing: border-box; font: 14px/1.4 ui-monospace, monospace; padding: .5rem; }
  pre { overflow: auto; background: color-mix(in srgb, currentColor 8%, transparent); }
</style>
<h1>Trunkline GraphQL</h1>
<p>Queries and mutations: <code>POST</code> JSON <code>{ "query", "variables" }</code> to this address with
<code>Authorization: Bearer &lt;token&gt;</code>. Subscriptions: a websocket to the same address (protocol
<code>graphql-transport-ws</code>) with the same value as <code>authorization</code> in <code>connection_init</code>.
With a token the schema can be introspected by any GraphQL tool.</p>
<form>
  <p><label>Token <input name="token" type="password" autocomplete="off" placeholder="tl_key_…"></label></p>
  <p><label>Operation <textarea name="query" rows="8" spellcheck="false">{ viewer { kind actions agency { id name } } }</textarea></label></p>
  <p><label>Variables <textarea name="variables" rows="3" spellcheck="false">{}</textarea></label></p>
  <p><button>Run</button></p>
</form>
<pre>The answer appears here.</pre>
<script>
  const form = document.querySelector('form');
  const answer = document.querySelector('pre');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const { token, query, variables } = Object.fromEntries(new FormData(form));
    try {
      const response = await fetch(location.pathname, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token && { authorization: 'Bearer ' + token }) },
        body: JSON.stringify({ query, variables: JSON.parse(variables || '{}') }),
      });
      answer.textContent = JSON.stringify(await response.json(), null, 2);
    } catch (error) {
      answer.textContent = String(error);
    }
  });
</script>
</html>
`;
