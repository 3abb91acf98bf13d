// The rows of `bench growth`, made where they are kept. Six days of them, all of them over and done: what is open is
// little in any system that works.

enum GrowthSQL {
    /// Foreign keys and triggers are known to hold for what is copied; checking them again would take longer than
    /// copying.
    static let begin = """
        set session_replication_role = replica;
        set synchronous_commit = off;
        set jit = off;
        select channel.maintain_partitions(now() - interval '6 days');
        select channel.maintain_partitions(now() - interval '2 days');
        select channel.maintain_partitions(now());

        """

    static let end = """
        vacuum (analyze) channel.inbound_event, channel.conversation;
        vacuum (analyze) gateway.payment, gateway.attempt, gateway.payment_event, gateway.outbox, gateway.receipt;
        vacuum (analyze) notifier.message, notifier.accepted_send, notifier.attempt;
        vacuum (analyze) callback.received;
        checkpoint;

        """

    static func events(_ numbers: ClosedRange<Int>, of count: Int) -> String {
        """
        insert into channel.inbound_event (lane, dedup_key, event_at, phone_number_id, peer, payload, request_id,
          received_at, state, run_at, done_at)
        select case when i % 4 = 0 then 'messages' else 'statuses' end,
          'wamid.' || md5(i::text) || lpad(i::text, 16, '0'), at, '800000000000009',
          '3737' || lpad((i % 500000)::text, 7, '0'), model.payload, 'req_' || lpad(i::text, 26, '0'),
          at, 'done', at, at
        from (select convert_to(repeat('{"message":"as long as one is"}', 12), 'UTF8') as payload) as model,
          generate_series(\(numbers.lowerBound), \(numbers.upperBound)) as i,
          lateral (
            select date_trunc('second', now() - interval '6 days' + interval '6 days' * i / \(count + 1)) as at
          ) as t;
        insert into channel.conversation (phone_number_id, peer, wa_id, last_inbound_at, updated_at)
        select '800000000000009', '3737' || lpad((i % 500000)::text, 7, '0'),
          '3737' || lpad((i % 500000)::text, 7, '0'), now() - interval '2 days', now() - interval '2 days'
        from generate_series(\(numbers.lowerBound), \(numbers.upperBound)) as i on conflict do nothing;

        """
    }

    /// Copies of one payment of this run that was paid, with all that belongs to it.
    static func payments(_ numbers: ClosedRange<Int>, of count: Int) -> String {
        let of =
            "p.payment_id = (select payment_id from gateway.payment where state = 'paid' order by created_at limit 1)"
        func copy(_ table: String, _ model: String, _ changed: [(String, String)]) -> String {
            let pairs = changed.map { "'\($0.0)', \($0.1)" }.joined(separator: ", ")
            return """
                insert into \(table) overriding user value
                select r.* from (\(model) limit 1) as model,
                  generate_series(\(numbers.lowerBound), \(numbers.upperBound)) as i,
                  lateral (select lpad(i::text, 26, '0') as id,
                    now() - interval '6 days' + interval '6 days' * i / \(count + 1) as at) as t,
                  lateral jsonb_populate_record(null::\(table), model.j || jsonb_build_object(\(pairs))) as r;

                """
        }
        let payment = ("payment_id", "'pay_' || t.id"), attempt = ("attempt_id", "'att_' || t.id")
        return copy(
            "gateway.payment", "select to_jsonb(p) as j from gateway.payment p where \(of)",
            [
                payment, attempt, ("idempotency_key", "'bulk' || t.id"), ("created_at", "t.at"),
                ("updated_at", "t.at"), ("paid_at", "t.at"),
                ("peer", "'3737' || lpad((i % 500000)::text, 7, '0')"),
                ("merchant_id", "'9' || i % 1000"), ("pos_user_id", "'bulk-' || i % 5000"),
            ])
            + copy(
                "gateway.attempt", "select to_jsonb(p) as j from gateway.attempt p where \(of)",
                [
                    payment, attempt, ("capability_sha256", "sha256(t.id::bytea)"), ("created_at", "t.at"),
                    ("updated_at", "t.at"), ("rail_payment_id", "'bulk-' || t.id"),
                ])
            + copy(
                "gateway.payment_event", "select to_jsonb(p) as j from gateway.payment_event p where \(of)",
                [payment, attempt, ("at", "t.at")])
            + copy(
                "gateway.outbox", "select to_jsonb(p) as j from gateway.outbox p where \(of)",
                [payment, attempt, ("at", "t.at")])
            + copy(
                "gateway.receipt", "select to_jsonb(p) as j from gateway.receipt p where \(of)",
                [payment, attempt, ("at", "t.at"), ("rail_payment_id", "'bulk-' || t.id")])
            + copy(
                "callback.received",
                "select to_jsonb(p) as j from callback.received p where p.state = 'applied'",
                [("callback_id", "'cb_' || t.id"), ("received_at", "t.at"), ("payment_id", "'pay_' || t.id")])
            + copy(
                "notifier.message",
                "select to_jsonb(p) as j from notifier.message p where p.state in ('sent', 'delivered', 'read')",
                [
                    ("message_id", "'msg_' || t.id"), ("idempotency_key", "'bulk' || t.id"),
                    ("created_at", "t.at"), ("updated_at", "t.at"),
                    ("peer", "'3737' || lpad((i % 500000)::text, 7, '0')"),
                ])
            + copy(
                "notifier.accepted_send", "select to_jsonb(p) as j from notifier.accepted_send p",
                [
                    ("wamid", "'wamid.bulk' || t.id"), ("message_id", "'msg_' || t.id"),
                    ("accepted_at", "t.at"),
                ])
            + copy(
                "notifier.attempt", "select to_jsonb(p) as j from notifier.attempt p",
                [("message_id", "'msg_' || t.id"), ("started_at", "t.at")])
    }
}
