"use strict";
{
  const byId = (id) => document.getElementById(id);
  const drop = byId("drop");
  const files = byId("files");
  const answers = byId("answers");
  const status = byId("status");
  const waiting = [];
  let busy = false;
  let done = 0;

  const fit = (picture) => {
    const image = picture.querySelector("img");
    const shape = () => { picture.style.aspectRatio = `${image.naturalWidth} / ${image.naturalHeight}`; };
    const missing = () => {
      const gap = document.createElement("div");
      gap.className = "gap";
      gap.textContent = "no picture";
      picture.replaceWith(gap);
    };
    if (image.complete && image.naturalWidth) shape();
    image.addEventListener("load", shape);
    image.addEventListener("error", missing);
  };

  const show = (text) => {
    const part = document.createElement("template");
    part.innerHTML = text; // escaped by the server
    part.content.querySelectorAll("[data-picture]").forEach(fit);
    answers.prepend(part.content);
  };

  const refuse = (name, words) => {
    const line = document.createElement("p");
    line.className = "warnings";
    line.textContent = `${name}: ${words}`;
    answers.prepend(line);
  };

  const send = async (file) => {
    const query = new URLSearchParams({ name: file.name });
    for (const choice of document.querySelectorAll("[data-word]")) {
      if (choice.value) query.set(choice.dataset.word, choice.value);
    }
    try {
      const response = await fetch(`/answer?${query}`, { method: "POST", body: file });
      const text = await response.text();
      if (response.ok) show(text);
      else refuse(file.name, text);
    } catch {
      refuse(file.name, "the server does not answer. Start it again: longtail identify --serve");
    }
    done += 1;
  };

  const work = async () => {
    if (busy) return;
    busy = true;
    while (waiting.length) {
      const file = waiting.shift();
      status.textContent = `${file.name} …${waiting.length ? ` ${waiting.length} more` : ""}`;
      await send(file);
    }
    status.textContent = `${done} photograph${done === 1 ? "" : "s"} answered, the last one first`;
    busy = false;
  };

  const take = (list) => {
    waiting.push(...list);
    work();
  };

  files.addEventListener("change", () => {
    take(files.files);
    files.value = "";
  });
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take(event.dataTransfer.files);
  });
}
