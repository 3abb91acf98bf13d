// The binary forms of values and arrays, byte by byte, and what a broken array does: be refused, at every
// length.
@testable import Postgres
import Testing
import World

@Suite struct `A binary form` {
    private static func bytes(_ value: PostgresValue) -> [UInt8]? {
        var bytes: [UInt8] = []
        return value.append(to: &bytes) ? bytes : nil
    }

    @Test func `is what the server's own functions write`() {
        #expect(Self.bytes(.int8(258)) == [0, 0, 0, 0, 0, 0, 1, 2])
        #expect(Self.bytes(.int4(-1)) == [255, 255, 255, 255])
        #expect(Self.bytes(.bool(true)) == [1])
        #expect(Self.bytes(.text("ţ")) == [0xC5, 0xA3])
        #expect(Self.bytes(.jsonb([0x7B, 0x7D])) == [1, 0x7B, 0x7D])
        // 2000-01-01T00:00:00Z is PostgreSQL's zero.
        #expect(Self.bytes(.timestamp(Timestamp(seconds: 946_684_800))) == [UInt8](repeating: 0, count: 8))
        #expect(Self.bytes(.text(nil)) == nil && Self.bytes(.jsonb(nil)) == nil)
        #expect(
            Self.bytes(.textArray(["a", nil])) == [
                0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 25, 0, 0, 0, 2, 0, 0, 0, 1,
                0, 0, 0, 1, 0x61, 255, 255, 255, 255,
            ])
        #expect(Self.bytes(.int8Array([])) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20])
    }

    @Test func `of an array is refused when it is cut or has bytes to spare`() throws {
        let whole = try #require(Self.bytes(.bytesArray([[1, 2, 3], nil, [], [4]])))
        let read = try BinaryArray.elements(whole) { $0 == .bytea }
        #expect(read.map { $0.map { Array($0) } } == [[1, 2, 3], nil, [], [4]])
        for cut in 0..<whole.count {
            #expect(throws: BinaryArray.Failure.self) {
                try BinaryArray.elements(Array(whole[..<cut])) { _ in true }
            }
        }
        #expect(throws: BinaryArray.Failure.truncated) { try BinaryArray.elements(whole + [0]) { _ in true } }
        #expect(throws: BinaryArray.Failure.otherElements) { try BinaryArray.elements(whole) { $0 == .text } }
    }

    @Test func `of an array cannot make us reserve memory for elements that are not there`() {
        let lie: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 25, 0x7F, 255, 255, 255, 0, 0, 0, 1]
        #expect(throws: BinaryArray.Failure.truncated) { try BinaryArray.elements(lie) { _ in true } }
        let square: [UInt8] = [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 25, 0, 0, 0, 0, 0, 0, 0, 1]
        #expect(throws: BinaryArray.Failure.notOneDimensional) {
            try BinaryArray.elements(square) { _ in true }
        }
    }

    @Test func `of a moment keeps the microsecond over the whole range, and infinity is none`() {
        for microseconds: Int64 in [
            0, -1, 1, 946_684_800_000_000, 4_102_444_800_999_999, -62_135_596_800_000_000,
        ] {
            let moment = Timestamp(microseconds: microseconds)
            #expect(PostgresEpoch.moment(PostgresEpoch.onTheWire(moment)) == moment)
        }
        #expect(PostgresEpoch.moment(.max) == nil && PostgresEpoch.moment(.min) == nil)
        #expect(PostgresEpoch.onTheWire(Timestamp(microseconds: .min)) == .min)
    }

    @Test func `of a numeric reads as a whole number or not at all`() {
        // count, weight, sign, scale, digits of base 10,000
        let cases: [([UInt8], Int64?)] = [
            ([0, 0, 0, 0, 0, 0, 0, 0], 0),
            ([0, 1, 0, 0, 0, 0, 0, 0, 0, 42], 42),
            ([0, 1, 0, 1, 0x40, 0, 0, 0, 0, 12], -120_000),
            ([0, 2, 0, 0, 0, 0, 0, 2, 0, 1, 0x13, 0x88], nil),
            ([0, 0, 0, 0, 0xC0, 0, 0, 0], nil),
            ([0, 1, 0, 4, 0, 0, 0, 0, 0x27, 0x0F], nil),
            ([0, 1, 0, 0], nil),
        ]
        for (bytes, expected) in cases { #expect(wholeNumeric(bytes) == expected) }
    }
}

@Suite struct `A failure of the database` {
    @Test func `tells whether the same work may be tried again`() {
        let table: [(PostgresError.Kind, Bool)] = [
            (.server(sqlState: "40001"), true), (.server(sqlState: "40P01"), true),
            (.server(sqlState: "55P03"), true),
            (.server(sqlState: "57P01"), true), (.server(sqlState: "53300"), true),
            (.server(sqlState: "08006"), true),
            (.server(sqlState: "23505"), false), (.server(sqlState: "42P01"), false),
            (.connectionLost(sent: true), true), (.connectFailed, true), (.poolExhausted, true),
            (.timedOut, true),
            (.decode, false), (.closed, false), (.configuration, false), (.notDurable, false),
        ]
        for (kind, isRetryable) in table {
            #expect(PostgresError(kind).isRetryable == isRetryable, "\(kind)")
        }
    }

    @Test func `never repeats what the server quoted from a value`() {
        let words = #"invalid input syntax for type integer: "+37369000001""#
        let error = PostgresError.refused(sqlState: "22P02", message: words, constraint: nil)
        #expect(!error.operatorText.contains("+373") && !"\(error)".contains("+373"))
    }
}
