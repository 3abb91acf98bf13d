// What each answer of the server means for the units in flight, without a server. A result is a number here.
import Postgres
import Testing

@Suite struct `A pipeline` {
    private typealias Pipeline = PipelineState<Int>
    private static let refusal = PostgresError(.server(sqlState: "23505"))

    /// `done 1 2` or `refused` with the unit's id, for comparing.
    private static func said(_ outcome: Pipeline.Outcome?) -> String? {
        switch outcome {
        case nil: nil
        case .done(let id, let rows): "\(id) done \(rows)"
        case .refused(let id, let error): "\(id) refused \(error.sqlState ?? "")"
        }
    }

    private static func play(_ pipeline: inout Pipeline, _ answers: [Pipeline.Answer]) throws -> [String] {
        try answers.compactMap { said(try pipeline.received($0)) }
    }

    @Test func `answers units in the order they were sent`() throws {
        var pipeline = Pipeline()
        pipeline.sent(1, [.prepare(name: "a"), .execute])
        pipeline.sent(2, [.execute])
        #expect(pipeline.count == 2 && pipeline.oldest == 1)
        let said = try Self.play(
            &pipeline, [.done(0), .ended, .done(10), .ended, .synced, .done(20), .ended, .synced])
        #expect(said == ["1 done [10]", "2 done [20]"])
        #expect(pipeline.isIdle && pipeline.takeUnprepared() == [])
    }

    @Test func `gives a batch all its results or the first refusal`() throws {
        var pipeline = Pipeline()
        pipeline.sent(1, [.execute, .execute])
        pipeline.sent(2, [.execute, .execute, .execute])
        pipeline.sent(3, [.execute])
        let said = try Self.play(
            &pipeline,
            [
                .done(1), .done(2), .synced,
                .done(3), .refused(Self.refusal), .ended, .skipped, .synced,
                .done(4), .synced,
            ])
        #expect(said == ["1 done [1, 2]", "2 refused 23505", "3 done [4]"])
    }

    @Test func `names the statements that were not prepared after all`() throws {
        var pipeline = Pipeline()
        pipeline.sent(1, [.prepare(name: "a"), .execute, .prepare(name: "b"), .execute])
        _ = try Self.play(&pipeline, [.done(0), .refused(Self.refusal), .skipped, .skipped, .synced])
        #expect(pipeline.takeUnprepared() == ["b"])
        #expect(pipeline.takeUnprepared() == [])
        pipeline.sent(2, [.prepare(name: "c"), .execute])
        _ = try Self.play(&pipeline, [.refused(Self.refusal), .skipped, .synced])
        #expect(pipeline.takeUnprepared() == ["c"])
    }

    @Test func `collects the results of a script until they end`() throws {
        var pipeline = Pipeline()
        pipeline.sent(1, [], isScript: true)
        #expect(try Self.play(&pipeline, [.done(1), .done(2), .ended]) == ["1 done [1, 2]"])
        pipeline.sent(2, [], isScript: true)
        #expect(try Self.play(&pipeline, [.done(1), .refused(Self.refusal), .ended]) == ["2 refused 23505"])
        #expect(pipeline.isIdle)
    }

    @Test func `does not trust a server that answers more or less than was asked`() throws {
        var pipeline = Pipeline()
        #expect(try pipeline.received(.ended) == nil)
        #expect(throws: Pipeline.Desync.answerWithoutQuestion) { try pipeline.received(.synced) }
        pipeline.sent(1, [.execute])
        #expect(throws: Pipeline.Desync.tooFewAnswers) { try pipeline.received(.synced) }
        _ = try pipeline.received(.done(1))
        #expect(throws: Pipeline.Desync.tooManyAnswers) { try pipeline.received(.done(2)) }
    }

    @Test func `lists everything in flight when the connection is lost`() throws {
        var pipeline = Pipeline()
        for id in 1...3 { pipeline.sent(UInt64(id), [.execute]) }
        _ = try Self.play(&pipeline, [.done(1), .synced, .done(2)])
        #expect(pipeline.lost() == [2, 3])
        #expect(pipeline.isIdle && pipeline.lost() == [])
    }

    @Test func `stays in order over thousands of units`() throws {
        var pipeline = Pipeline()
        var next: UInt64 = 1, answered: UInt64 = 1
        for round in 0..<5_000 {
            for _ in 0...(round % 3) {
                pipeline.sent(next, [.execute])
                next += 1
            }
            while pipeline.count > round % 2 {
                _ = try pipeline.received(.done(Int(answered)))
                #expect(Self.said(try pipeline.received(.synced)) == "\(answered) done [\(answered)]")
                answered += 1
            }
        }
    }
}

private func == (outcome: PipelineState<Int>.Outcome?, nothing: Never?) -> Bool {
    if case nil = outcome { true } else { false }
}
