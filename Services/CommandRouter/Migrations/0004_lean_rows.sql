-- The checks of a table are read and planned anew by each statement that writes to it. Told by a function, all of them are
-- one call. Rows are not read through again: all of them have passed the same words until now. Nothing here changes what
-- a program of the version before may do, or what the table refuses.
create function router.conversation_is_possible(phone_number_id text, peer text, language text, seen_language text,
  last_bank_id text, last_merchant_id text, usual_bank_id text, usual_merchant_id text, last_payment_id text,
  user_id text, key_hash text, question jsonb, owners jsonb, refusals jsonb) returns boolean
language plpgsql immutable parallel safe as $$
begin
  return length(phone_number_id) between 1 and 64
    and length(peer) between 1 and 200
    and language in ('ro', 'ru', 'en', 'fr', 'de')
    and seen_language in ('ro', 'ru', 'en', 'fr', 'de')
    and (last_bank_id is null) = (last_merchant_id is null)
    and (usual_bank_id is null) = (usual_merchant_id is null)
    and length(last_payment_id) between 1 and 64
    and length(user_id) between 1 and 200
    and length(key_hash) between 1 and 512
    and jsonb_typeof(question) = 'object'
    and jsonb_typeof(owners) = 'array'
    and jsonb_typeof(refusals) = 'array';
end
$$;
alter table router.conversation
  drop constraint conversation_phone_number_id_check,
  drop constraint conversation_peer_check,
  drop constraint conversation_language_check,
  drop constraint conversation_seen_language_check,
  drop constraint conversation_check,
  drop constraint conversation_usual_till,
  drop constraint conversation_last_payment_id_check,
  drop constraint conversation_user_id_check,
  drop constraint conversation_key_hash_check,
  drop constraint conversation_question_check,
  drop constraint conversation_owners_check,
  drop constraint conversation_refusals_check,
  add constraint conversation_is_possible check (router.conversation_is_possible(phone_number_id, peer, language,
    seen_language, last_bank_id, last_merchant_id, usual_bank_id, usual_merchant_id, last_payment_id, user_id, key_hash,
    question, owners, refusals)) not valid;
