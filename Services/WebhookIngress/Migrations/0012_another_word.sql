-- Whether a batch brings a conversation a word that opens the window and is not kept yet, asked when the second of the
-- word before is shared, which is rare. A part of the statement that keeps batches, it was made ready for each of them:
-- a fourth of what a message alone cost. Names, times, peers and marks of the batch's events, which say the same
-- number or lane once (`one_number`, `one_lane`) or each their own. Sees what the statement that asks sees.
create function channel.brings_another_word(number text, person text, one_number text, numbers text[], one_lane text,
  lanes text[], names text[], times timestamptz[], peers text[], opens boolean[]) returns boolean
language plpgsql stable as $$
begin
  return exists (
    select from (
      select pg_catalog.unnest(lanes) as lane, pg_catalog.unnest(names) as dedup_key,
        pg_catalog.unnest(times) as event_at, pg_catalog.unnest(numbers) as phone_number_id,
        pg_catalog.unnest(peers) as peer, pg_catalog.unnest(opens) as opens_window) as i
    where coalesce(i.lane, one_lane) = 'messages' and i.opens_window
      and coalesce(i.phone_number_id, one_number) = number and i.peer = person
      and not exists (
        -- Looked up one by one, also by a plan that was made while the table was empty.
        select from channel.inbound_event e
        where e.dedup_key = i.dedup_key and e.lane = 'messages' and e.event_at = i.event_at offset 0));
end
$$;
revoke all on function channel.brings_another_word(text, text, text, text[], text, text[], text[], timestamptz[], text[],
  boolean[]) from public;
grant execute on function channel.brings_another_word(text, text, text, text[], text, text[], text[], timestamptz[],
  text[], boolean[]) to till_ingress;
