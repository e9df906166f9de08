// The sandbox's control API.
import { toast } from "./dom.js";

/** refused is an answer that is not a success; its message can be shown. */
const refused = (status, message) => Object.assign(new Error(message), { status });

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (cause) {
    if (cause.name === "AbortError") throw cause;
    throw refused(0, "The sandbox cannot be reached. Is it still running?");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw refused(response.status, body.error ?? `The sandbox answered ${response.status}.`);
  return body;
}

const send = (method, path, body, signal) =>
  ask(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal });
const post = (path, body, signal) => send("POST", path, body, signal);

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

/** set sets "faults" or the "pace"; what is wrong with that is shown. */
export const set = (what, to, method = "PUT") => send(method, `/sandbox/${what}`, to).catch((err) => toast(err.message));
/** disturb has something happen once. */
export const disturb = (where, what) => set(where, what, "POST");
