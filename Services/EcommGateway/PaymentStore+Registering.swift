// A new payment's row, written once although the answer may be lost.
import Contracts
import Postgres

extension PaymentStore {
    /// Writes the payment and its first attempt, and what it takes of limits and handle: all or nothing. Nil when
    /// the key is known already, whatever the limits are by now. Throws `RegistrationRefusal`.
    ///
    /// Where the answer of the commit is lost it is asked again, which waits for the first: a payment that was written
    /// is its writer's for some seconds, in which nobody else would make its link.
    package func register(_ new: Registration) async throws -> PaymentRecord? {
        do { return try await registerOnce(new, byItself: false) } catch let error as PostgresError
            where error.mayBeDone
        {
            return try await registerAgain(new)
        }
    }

    private func registerAgain(_ new: Registration) async throws -> PaymentRecord? {
        var refusal: RegistrationRefusal?
        do {
            let record = try await database.repeating { try await registerOnce(new, byItself: true) }
            if let record { return record }
        } catch let again as RegistrationRefusal {
            // By what the first has written, unless there was none.
            refusal = again
        }
        let known = try await database.repeating {
            try await find(caller: new.caller, idempotencyKey: new.idempotencyKey)
        }
        if known?.paymentId == new.paymentId { return known?.version == 1 ? PaymentRecord(new) : nil }
        if let refusal { throw refusal }
        return nil
    }

    private func registerOnce(_ new: Registration, byItself: Bool) async throws -> PaymentRecord? {
        do { return try await written(new, byItself: byItself) ? PaymentRecord(new) : nil } catch let error
            as PostgresError
        {
            throw RegistrationRefusal(constraint: error.constraint).map { $0 as any Error } ?? error
        }
    }

    /// `byItself`: who waits for another's commit must not be given up on for its neighbours' sake.
    private func written(_ new: Registration, byItself: Bool) async throws -> Bool {
        guard let renewing = new.renewing else {
            return byItself
                ? try await database.query(RegisterQueries.one, new.values).atMostOne() != nil
                : try await writes.register(new)
        }
        // Locks the payments of its line first: by itself.
        return try await database.batch(
            [RenewalQueries.lockItem(renewing), (RegisterQueries.one, new.values)]
                + RenewalQueries.items(
                    renewing, paymentId: new.paymentId, at: new.firstAttempt.createdAt))[1].atMostOne() != nil
    }
}
