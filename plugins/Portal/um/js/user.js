// The page of a user who is logged in.
'use strict';

// One way to pay at a time is open.
const offers = document.querySelectorAll('details.buy');
for (const offer of offers) {
  offer.addEventListener('toggle', () => {
    if (offer.open) for (const other of offers) if (other !== offer) other.open = false;
  });
}

// The tabs show which part is in sight.
const links = new Map([...document.querySelectorAll('.tabs a')].map((link) => [link.hash.slice(1), link]));
const seen = new IntersectionObserver((parts) => {
  for (const part of parts) {
    if (!part.isIntersecting) continue;
    for (const link of links.values()) link.removeAttribute('aria-current');
    links.get(part.target.id)?.setAttribute('aria-current', 'true');
  }
}, { rootMargin: '-20% 0px -70% 0px' });
for (const id of links.keys()) {
  const part = document.getElementById(id);
  if (part) seen.observe(part);
}

// A payment that is under way, or a session, may have gone on: the address is told without what was done last.
if (location.search) history.replaceState(null, '', location.pathname + location.hash);
