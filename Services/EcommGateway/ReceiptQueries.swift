// Every SQL text that reads receipts of money by themselves: what the files of payments say of them.
import Postgres

enum ReceiptQueries {
    /// Money that came a second time for orders of a page: attempts, amounts and the banks' handles.
    static let receivedAgain: PostgresStatement = """
        select payment_id, sum(amount_minor)::int8,
          string_agg(coalesce(swift_message_id, '?'), ' ' order by at, attempt_id)
        from gateway.receipt where payment_id = any ($1) and remark = 'again' group by payment_id
        """

    /// Of payments of a page that were paid after they had been told expired or cancelled.
    static let late: PostgresStatement = """
        select payment_id from gateway.receipt where payment_id = any ($1) and remark = 'late'
        """
}
