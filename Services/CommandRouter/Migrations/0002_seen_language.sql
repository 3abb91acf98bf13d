-- The language of the bank's record when one was last seen, so that a seller whose banks are silent is told so in that
-- language and not in another.
alter table router.conversation
  add column seen_language text check (seen_language in ('ro', 'ru', 'en', 'fr', 'de'));
