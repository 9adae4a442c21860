// Without this script the forms and links of all pages do the same, a page at a time.
"use strict";
// ---- photographs that cannot be opened, on every page
(() => {
  const WORDS = "This photograph cannot be opened.";
  const note = (parent) => parent.querySelector(":scope > .gap");
  const absent = (image) => {
    const view = image.closest(".view"), gap = document.createElement("span");
    gap.className = "gap";
    gap.textContent = WORDS;
    if (!view) image.replaceWith(gap);
    else if (!note(view)) { image.hidden = true; view.append(gap); }
  };
  const present = (image) => {
    const view = image.closest(".view");
    if (!view || !image.hidden) return;
    image.hidden = false;
    note(view).remove();
  };
  document.addEventListener("error", (event) => { if (event.target instanceof HTMLImageElement) absent(event.target); }, true);
  document.addEventListener("load", (event) => { if (event.target instanceof HTMLImageElement) present(event.target); }, true);
  document.querySelectorAll("img").forEach((image) => {
    if (image.loading !== "lazy" && image.complete && !image.naturalWidth) absent(image);
  });
})();
// ---- the decision page
(() => {
  const box = document.getElementById("case");
  if (!box) return;
  const status = document.getElementById("status");
  const help = document.getElementById("help");
  const keysOn = document.getElementById("keys-on");
  const SIDES = [1024, 2048, 4096];
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const look = { zoom: 1, x: 0, y: 0, mirrored: false, blink: false, whole: false, marks: true };
  let busy = false, ahead = [], blinking = 0;

  const all = (selector) => [...box.querySelectorAll(selector)];
  const one = (selector) => box.querySelector(selector);
  const say = (text, isError) => {
    status.textContent = text;
    status.className = text ? (isError ? "status error" : "status done") : "status";
  };

  // ---- the pictures
  const address = (src, side) => {
    const url = new URL(src, location.href);
    url.searchParams.set("side", side);
    return url;
  };
  const dressed = (image, side) => {
    const url = address(image.src, side);
    if (look.whole && "boxed" in image.dataset) url.searchParams.set("whole", 1);
    else url.searchParams.delete("whole");
    return url.pathname + url.search;
  };
  const asked = (image) => Number(new URL(image.src).searchParams.get("side"));
  const wanted = (image) => {
    const view = image.closest(".view");
    const pixels = Math.max(view.clientWidth, view.clientHeight) * devicePixelRatio * look.zoom;
    return SIDES.find((side) => side >= pixels) || SIDES[SIDES.length - 1];
  };
  const sharpen = () => all(".layer img").forEach((image) => {
    const isWhole = image.complete && Math.max(image.naturalWidth, image.naturalHeight) < asked(image);
    const side = isWhole ? asked(image) : Math.max(asked(image), wanted(image));
    const address = dressed(image, side);
    if (new URL(image.src).pathname + new URL(image.src).search === address) return;
    const larger = new Image();
    larger.src = address;
    larger.decode().then(() => { if (image.isConnected) image.src = address; }, () => {});
  });
  const apply = () => {
    const limit = (look.zoom - 1) / 2;
    look.x = Math.min(limit, Math.max(-limit, look.x));
    look.y = Math.min(limit, Math.max(-limit, look.y));
    all(".layer").forEach((layer) => {
      layer.style.transform = `translate(${look.x * 100}%, ${look.y * 100}%) scale(${look.zoom})`;
      layer.classList.toggle("mirrored", look.mirrored && layer.closest(".side").dataset.side === "right");
    });
    const pair = one(".pair");
    if (pair) pair.classList.toggle("blink", look.blink && !pair.classList.contains("single"));
    if (pair) pair.classList.toggle("unmarked", !look.marks || look.whole || Boolean(one("[data-do=compare][aria-pressed=true]")));
    for (const name of ["flip", "blink", "whole", "marks"]) {
      const on = { flip: look.mirrored, blink: look.blink, whole: look.whole, marks: look.marks }[name];
      all(`[data-do=${name}]`).forEach((button) => button.setAttribute("aria-pressed", on));
    }
    clearInterval(blinking);
    if (look.blink && !calm.matches) blinking = setInterval(turn, 700);
  };
  const turn = () => one(".pair") && one(".pair").classList.toggle("other");
  const zoom = (factor, px = 0, py = 0) => {
    const next = Math.min(16, Math.max(1, look.zoom * factor));
    look.x = px - (px - look.x) * (next / look.zoom);
    look.y = py - (py - look.y) * (next / look.zoom);
    look.zoom = next;
    apply();
    sharpen();
  };
  const move = (x, y) => { look.x += x; look.y += y; apply(); };
  const fit = () => { look.zoom = 1; look.x = look.y = 0; apply(); };
  const spot = (event, view) => {
    const at = view.getBoundingClientRect();
    return [(event.clientX - at.left) / at.width - .5, (event.clientY - at.top) / at.height - .5];
  };

  // ---- other photographs of an individual
  const compare = (button) => {
    const figure = one(`.side.${button.dataset.target}`) || one(".side");
    const image = figure.querySelector("img"), caption = figure.querySelector("figcaption");
    const original = figure.original || (figure.original = image && {
      src: image.src, caption: caption.innerHTML, name: image.alt, boxed: "boxed" in image.dataset });
    if (!image) return;
    const back = button.getAttribute("aria-pressed") === "true";
    all(`[data-do=compare][data-target=${button.dataset.target}]`).forEach((other) => other.removeAttribute("aria-pressed"));
    if (!back) button.setAttribute("aria-pressed", "true");
    const boxed = back ? original.boxed : "boxed" in button.dataset;
    if (boxed) image.dataset.boxed = ""; else delete image.dataset.boxed;
    image.src = back ? original.src : button.dataset.src;
    image.alt = back ? original.name : button.dataset.name;
    caption.innerHTML = back ? original.caption : button.querySelector("template").innerHTML;
    apply();
    sharpen();
  };
  const another = () => {
    const right = all("[data-do=compare][data-target=right]"), strip = right.length ? right : all("[data-do=compare]");
    if (!strip.length) return;
    const at = strip.findIndex((button) => button.getAttribute("aria-pressed") === "true");
    compare(strip[at + 1] || strip[at]);  // after the last one the first picture comes back
  };

  // ---- what the server is asked
  const show = (answer) => {
    box.innerHTML = answer.html;
    history.replaceState(null, "", answer.url);
    document.title = answer.title;
    say(answer.message, false);
    prepare();
    const title = one("h1");
    if (title) title.focus({ preventScroll: true });
  };
  const ask = async (url, options) => {
    if (busy) return;
    busy = true;
    box.setAttribute("aria-busy", "true");
    try {
      const reply = await fetch(url, { ...options, headers: { Accept: "application/json" } });
      if (reply.ok) show(await reply.json());
      else say((await reply.text()).trim(), true);
    } catch (error) {
      say("The server does not answer: this was not saved. Is `longtail review --serve` still running?", true);
    } finally {
      busy = false;
      box.removeAttribute("aria-busy");
    }
  };
  const prepare = () => {
    Object.assign(look, { zoom: 1, x: 0, y: 0, mirrored: false });
    apply();
    sharpen();
    const images = all(".layer img");
    images.forEach((image) => image.addEventListener("load", () => {
      const marks = image.parentElement.querySelector(".marks");
      marks.setAttribute("viewBox", `0 0 ${image.naturalWidth} ${image.naturalHeight}`);
      marks.style.fontSize = `${Math.hypot(image.naturalWidth, image.naturalHeight) * .019}px`;
    }));
    Promise.allSettled(images.map((image) => image.decode())).then(() => performance.mark("shown"));
    const section = one(".asked");
    ahead = (section ? section.dataset.ahead : "").split(" ").filter(Boolean).map((src) => {
      const next = new Image();
      next.src = src;
      next.decode().catch(() => {});
      return next;
    });
  };

  // ---- by mouse
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-act]");
    if (!form) return;
    event.preventDefault();
    ask(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(new FormData(form, event.submitter)) });
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-go]");
    if (link) { event.preventDefault(); ask(link.getAttribute("href"), {}); return; }
    const button = event.target.closest("[data-do]");
    if (button) does[button.dataset.do](button);
  });
  box.addEventListener("wheel", (event) => {
    const view = event.target.closest(".view");
    if (!view || event.ctrlKey) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * .002), ...spot(event, view));
  }, { passive: false });
  box.addEventListener("dblclick", (event) => {
    const view = event.target.closest(".view");
    if (view) look.zoom > 1 ? fit() : zoom(3, ...spot(event, view));
  });
  box.addEventListener("pointerdown", (event) => {
    const view = event.target.closest(".view");
    if (!view || look.zoom === 1 || event.button) return;
    view.setPointerCapture(event.pointerId);
    let [x, y] = spot(event, view);
    const drag = (moved) => { const [a, b] = spot(moved, view); move(a - x, b - y); [x, y] = [a, b]; };
    view.addEventListener("pointermove", drag);
    view.addEventListener("pointerup", () => view.removeEventListener("pointermove", drag), { once: true });
  });
  const does = {
    in: () => zoom(1.5), out: () => zoom(1 / 1.5), fit, compare,
    flip: () => { look.mirrored = !look.mirrored; apply(); },
    blink: () => { look.blink = !look.blink; apply(); },
    marks: () => { look.marks = !look.marks; apply(); },
    whole: () => { look.whole = !look.whole; apply(); sharpen(); },
    help: () => help.showModal(),
  };

  // ---- by keys
  const write = (selector) => {
    const field = one(selector);
    if (!field) return;
    field.closest("details").open = true;
    field.focus();
  };
  const keys = {
    "+": does.in, "=": does.in, "-": does.out, "0": fit, f: does.flip, b: does.blink, w: does.whole, m: does.marks, o: another,
    y: () => write("input[name=why]"), r: () => write("input[name=value]"), "?": does.help,
    " ": () => { if (look.blink) turn(); },
    ArrowLeft: () => move(.1, 0), ArrowRight: () => move(-.1, 0), ArrowUp: () => move(0, .1), ArrowDown: () => move(0, -.1),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.target.closest("input, textarea, select")) {
      if (event.key === "Escape") event.target.blur();
      if (event.key === "Enter" && event.target.name === "why") { event.preventDefault(); event.target.blur(); }
      if (event.key === "Enter" && event.target.name === "value") { event.preventDefault(); one("button[value=name]").click(); }
      return;
    }
    const isPlain = event.key.length === 1;
    if ((isPlain && !keysOn.checked) || (event.key === " " && event.target.closest("button, a, summary"))) return;
    if (event.key.startsWith("Arrow") && look.zoom === 1) return;
    const button = isPlain && one(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    const does = keys[event.key] || keys[event.key.toLowerCase()];
    if (button) { event.preventDefault(); if (!event.repeat) button.click(); }
    else if (does) { event.preventDefault(); does(); }
    else if (event.key === "s" && one("[data-key='1']")) say("Say whose it is: 1 or 2.", true);
  });
  keysOn.checked = localStorage.getItem("longtail-keys") !== "off";
  keysOn.addEventListener("change", () => localStorage.setItem("longtail-keys", keysOn.checked ? "on" : "off"));
  addEventListener("resize", sharpen);
  prepare();
})();
