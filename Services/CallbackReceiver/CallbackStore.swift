// Callbacks to rows and back.
import EventLoop
import JobQueue
import Observe
import Postgres
import World

struct CallbackStore: JobSource {
    /// Renewed while a callback is verified, however long the gateway takes; after a crash a seller waits
    /// for it.
    let lease = Duration.seconds(10)

    /// A callback is about one payment's attempt: no other waits for its end.
    let endMayFreeAnother = false

    let pool: PostgresPool
    let world: World
    /// Places of this process's own worker, opened once there is one.
    let places = JobPlaces<ReceivedCallback>()
    /// Where claims begin to read.
    private let start = ClaimPlace()
    /// Callbacks that come while others are being written are written together, and so are their ends.
    private let keeping: Gathering<NewCallback, Result<Void, any Error>>
    private let settling: Gathering<CallbackEnd, Result<Bool, any Error>>

    init(pool: PostgresPool, world: World, loop: EventLoop? = nil) {
        self.pool = pool
        self.world = world
        keeping = Gathering(
            apartOn: loop, itemsMax: NewCallback.togetherMax,
            write: { rows, _ in
                try await pool.query(CallbackQueries.keep, NewCallback.values(rows))
                return rows.map { _ in }
            })
        settling = Gathering(
            apartOn: loop,
            write: { ends, _ in
                let rows = try await pool.query(
                    CallbackQueries.settle, CallbackEnd.values(ends, at: world.now()))
                let ours = Set(try rows.map { try $0.text(0) })
                return ends.map { ours.contains($0.callbackId) }
            })
    }

    func isReady() async -> Bool {
        do { return try await pool.query(CallbackQueries.ready, []).one().bool("is_writable") } catch {
            return false
        }
    }

    /// Durable when it returns. With a place free it is worked on by this process from then on, without a claim;
    /// otherwise it waits for the first place, here or in another process.
    func keep(bankId: String, capability: String, body: [UInt8]) async throws -> String {
        let now = world.now(), id = world.id("cbk")
        let requestId = RequestContext.current?.requestID ?? world.id("req")
        let place = places.take()
        let row = NewCallback(
            callbackId: id, receivedAt: now, bankId: bankId, capability: capability, body: body,
            requestId: requestId, leaseUntil: place == nil ? nil : now.advanced(by: lease))
        let isOurs = try await once(row)
        guard let place else {
            places.wake()
            return id
        }
        // Else a commit took so long that another worker has it by now.
        guard isOurs else { return id }
        place.begin(
            ReceivedCallback(
                callbackId: id, bankId: bankId, capability: capability, body: body, requestId: requestId,
                receivedAt: now, attempts: 1, fence: 1))
        return id
    }

    /// A bank says it once, and a row that is written as claimed is nobody else's for ten seconds: where the answer of
    /// a commit is lost, the row is written again under its name, which finds the first or takes its place. False when
    /// the first was found and is somebody else's.
    private func once(_ row: NewCallback) async throws -> Bool {
        do {
            try await keeping.add(row).get()
            return true
        } catch let error as PostgresError where error.mayBeDone {
            return try await pool.repeating {
                try await pool.query(CallbackQueries.keepAgain, NewCallback.values([row]))
            }.affected == 1
        }
    }

    /// Removes at most `atMost` rows whose time is over; answers how many.
    func forget(atMost: Int) async throws -> Int {
        let values: [PostgresValue] = [.timestamp(world.now()), .int4(Int32(clamping: atMost))]
        return Int(try await pool.query(CallbackQueries.forget, values).one().int4("gone"))
    }

    func claim(_ limit: Int) async throws -> [ReceivedCallback] {
        try await start.claim(world) { now, from in
            let values: [PostgresValue] = [
                .timestamp(now), .timestamp(now.advanced(by: lease)), .int8(Int64(limit)), .timestamp(from),
            ]
            let rows = try await pool.query(CallbackQueries.claim, values)
            return Claimed(
                try rows.map(Self.callback), due: try rows.map { try $0.timestamp("run_at") },
                isFull: rows.count >= limit)
        }
    }

    private static func callback(_ row: PostgresRow) throws -> ReceivedCallback {
        ReceivedCallback(
            callbackId: try row.text("callback_id"), bankId: try row.text("bank_id"),
            capability: try row.text("capability"), body: try row.bytes("body"),
            requestId: try row.text("request_id"), receivedAt: try row.timestamp("received_at"),
            attempts: Int(try row.int4("attempts")), fence: try row.int8("fence"))
    }

    func release(_ jobs: [ReceivedCallback]) async throws {
        _ = try await pool.query(
            CallbackQueries.release, [.textArray(jobs.map(\.callbackId)), .int8Array(jobs.map(\.fence))])
    }

    func renew(_ jobs: [ReceivedCallback]) async throws {
        _ = try await pool.query(
            CallbackQueries.renew,
            [
                .textArray(jobs.map(\.callbackId)), .int8Array(jobs.map(\.fence)),
                .timestamp(world.now().advanced(by: lease)),
            ])
    }

    /// False when the claim was lost to another worker: then nothing was changed.
    func settle(
        _ callback: ReceivedCallback, state: String, verdict: String?, paymentId: String?
    ) async throws -> Bool {
        try await settling.add(
            CallbackEnd(
                callbackId: callback.callbackId, fence: callback.fence, state: state, verdict: verdict,
                paymentId: paymentId)
        ).get()
    }

    /// False when the claim was lost. `code` is one of ours, never a message.
    func postpone(_ callback: ReceivedCallback, until moment: Timestamp, code: String) async throws -> Bool {
        let values: [PostgresValue] = [
            .text(callback.callbackId), .int8(callback.fence), .timestamp(moment), .text(code),
        ]
        return try await pool.query(CallbackQueries.postpone, values).affected == 1
    }
}
