// A plan's page that stays open says at once when somebody else has changed the plan since (`live.js` hears of it).
// Enhancement only: the page says when it was drawn, and no edit overwrites another unseen.
//
// <div data-live="/plans/ID/stream" data-number="7" data-me="..."> ... <p data-newer-says role="status"></p>

const page = document.querySelector('[data-live]')
const names = new Set()
document.addEventListener('nightlight:changed', ({ detail }) => { if (detail.by !== page.dataset.me) say(detail.by_name) })

function say(name) {
  names.add(name)
  const place = page.querySelector('[data-newer-says]')
  const words = document.createElement('strong')
  words.textContent = `${[...names].join(', ')} changed this plan since it was drawn. `
  const again = document.createElement('a')
  again.className = 'govuk-link'
  again.href = location.pathname
  again.textContent = 'Show it as it stands now'
  place.replaceChildren(words, again, '. What you have typed here and not sent is not on record: send it first.')
  place.classList.add('nl-newer')
}
