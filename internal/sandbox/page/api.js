// The sandbox's control API.

/** Refused is an answer that is not a success; its message can be shown. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (cause) {
    if (cause.name === "AbortError") throw cause;
    throw new Refused(0, "The sandbox cannot be reached. Is it still running?");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, body.error ?? `The sandbox answered ${response.status}.`);
  return body;
}

const post = (path, body, signal) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal });

export const getState = () => ask("/sandbox/state");
export const invoke = (invocation) => post("/sandbox/commands", invocation);
export const autocomplete = (invocation, signal) => post("/sandbox/autocomplete", invocation, signal);
export const press = (what) => post("/sandbox/components", what);
export const react = (reaction) => post("/sandbox/reactions", reaction);
export const say = (message) => post("/sandbox/messages", message);
export const submit = (submission) => post("/sandbox/modals", submission);
export const upload = (file, name, signal) =>
  ask("/sandbox/uploads?filename=" + encodeURIComponent(name), {
    method: "POST",
    headers: { "Content-Type": file.type || "application/octet-stream" },
    body: file,
    signal,
  });
