"use strict";
{
  const byId = (id) => document.getElementById(id);
  const sections = [...document.querySelectorAll("section.query")];
  const first = sections[0];
  const orders = {
    given: () => 0,
    name: (a, b) => a.dataset.photo.localeCompare(b.dataset.photo, undefined, { numeric: true }),
    similarity: (a, b) => b.dataset.similarity - a.dataset.similarity,
    doubt: (a, b) => b.dataset.doubt - a.dataset.doubt,
  };
  const place = new Map(sections.map((section, index) => [section, index]));
  const arrange = () => {
    const order = orders[byId("sort").value];
    const words = byId("name").value.toLocaleLowerCase();
    const kind = byId("show").value;
    const parent = first.parentElement;
    const end = parent.querySelector("footer");
    let shown = 0;
    for (const section of [...sections].sort((a, b) => order(a, b) || place.get(a) - place.get(b))) {
      const named = section.dataset.names.toLocaleLowerCase().includes(words);
      section.hidden = !(named && (kind === "all" || section.dataset.kinds.split(" ").includes(kind)));
      shown += !section.hidden;
      parent.insertBefore(section, end);
    }
    byId("shown").textContent = `${shown} of ${sections.length} photographs`;
  };
  for (const id of ["sort", "show", "name"]) byId(id).addEventListener("input", arrange);
  byId("controls").hidden = false;
  arrange();
}
