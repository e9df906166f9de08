// Pictures, videos and files of messages.
import { h } from "./dom.js";
import { link } from "./markdown.js";

const VIDEO = /\.(mp4|webm|mov|m4v)$/i;
const IMAGE = /\.(png|jpe?g|gif|webp)$/i;

const parsed = (address) => (URL.canParse(address, location.href) ? new URL(address, location.href) : {});

/** path is what stays of an address when its signature is renewed. */
export const path = (address) => parsed(address).pathname ?? "";

export const isImage = (type, address) => (type ? /^image\/(png|jpeg|gif|webp)/.test(type) : IMAGE.test(path(address)));
const isVideo = (type, address) => (type ? type.startsWith("video/") : VIDEO.test(path(address)));

// A hundred videos are not to be loaded, or play, at once: one that comes near is
// loaded, and one that goes is let go of, but for that which fills the screen.
const near = new IntersectionObserver((entries) => {
  for (const { target: video, isIntersecting } of entries) {
    if ([document.fullscreenElement, document.pictureInPictureElement].includes(video)) continue;
    const idle = video.preload === "none" && video.paused;
    video.preload = isIntersecting ? "metadata" : "none";
    if (!isIntersecting && !idle) {
      video.pause();
      video.load();
    }
  }
}, { root: document.getElementById("scroller"), rootMargin: "50%" });

/**
 * media shows a media item. What is shown once stays untouched while its
 * medium is the same, so that a video goes on playing through an edit.
 */
export function media(item, description, { small = false, spoiler = false } = {}) {
  const size = { width: item.width || null, height: item.height || null };
  let shown;
  if (parsed(item.url).origin !== location.origin) {
    shown = h("p.elsewhere", {}, "Not loaded, since it is elsewhere: ", link(item.url, [item.url]) ?? item.url);
  } else if (isVideo(item.content_type, item.url)) {
    shown = h("video", {
      src: item.url, controls: true, loop: true, muted: true, playsinline: true, preload: "none",
      "aria-label": description || "Video", ...size,
    });
    near.observe(shown);
  } else {
    const image = h("img", { src: item.url, alt: description || "Picture", title: description, loading: "lazy", ...size });
    shown = small ? image : h("a", { href: item.url, target: "_blank", rel: "noopener" }, image);
  }
  const key = `media-${item.attachment_id || path(item.url)}`;
  shown.inert = spoiler;
  return h("figure.medium", { "data-key": spoiler ? key + "-hidden" : key, "data-keep": true, class: spoiler && "hidden-medium" },
    shown,
    spoiler && h("button.cover", { "data-act": "uncover", "aria-label": "Spoiler, press to show" }, "Spoiler"));
}

/** fileCard is a file to download. */
export function fileCard(name, size, address) {
  return h("a.file", { href: address, download: name, target: "_blank", rel: "noopener" },
    h("span.file-icon", { "aria-hidden": true }, "📄"),
    h("span", {}, h("span.file-name", {}, name), size ? h("small", {}, bytes(size)) : null));
}

/** bytes writes a size for people. */
export function bytes(n) {
  if (n < 1024) return `${n} B`;
  if (n < 1 << 20) return `${(n / 1024).toFixed(0)} KB`;
  return `${(n / (1 << 20)).toFixed(1)} MB`;
}

/** attachment shows a file of a message without Components V2. */
export function attachment(a) {
  const seen = isImage(a.content_type, a.url) || isVideo(a.content_type, a.url);
  const spoiler = a.filename.startsWith("SPOILER_");
  return seen ? media({ ...a, attachment_id: a.id }, a.description || a.filename, { spoiler }) : fileCard(a.filename, a.size, a.url);
}

/** begin plays a video that has just come, for people who like motion. */
export function begin(video) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  video.play().catch(() => {}); // a browser that does not want to leaves the controls
}
