-- The checks of a table are read and planned anew by each statement that writes to it. Told by a function, all of them are
-- one call. Rows are not read through again: all of them have passed the same words until now. Nothing here changes what
-- a program of the version before may do, or what the table refuses.
create function notifier.message_is_possible(locale text, kind text, state text, reason text, channel text, attempts int,
    refusals int, sellers text) returns boolean
language plpgsql immutable parallel safe as $$
begin
    return locale in ('ro', 'ru', 'en', 'fr', 'de')
        and kind in ('text', 'list', 'link', 'buttons', 'document', 'outcome')
        and state in ('queued', 'sending', 'accepted', 'sent', 'delivered', 'read', 'failed', 'held', 'unresolved',
            'expired', 'parked')
        -- a state that needs an explanation has one, and the others have none
        and (state in ('failed', 'held', 'parked')) = (reason is not null)
        and channel in ('chat', 'template')
        and attempts >= 0
        and refusals >= 0
        and length(sellers) between 3 and 4000;
end
$$;
alter table notifier.message
    drop constraint message_locale_check,
    drop constraint message_kind_check,
    drop constraint message_state_check,
    drop constraint message_check,
    drop constraint message_channel_check,
    drop constraint message_attempts_check,
    drop constraint message_refusals_check,
    drop constraint message_sellers_check,
    add constraint message_is_possible check (notifier.message_is_possible(locale, kind, state, reason, channel,
        attempts, refusals, sellers)) not valid;
