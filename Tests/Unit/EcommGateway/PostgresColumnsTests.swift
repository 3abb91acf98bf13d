// Rows of parameters turned into columns: every element is still beside the others of its row.
import Postgres
import Testing
import World

@testable import EcommGateway

@Suite struct `Columns of parameters` {
    private static let moment = Timestamp(seconds: 1_790_000_000)

    @Test func `have one element for each row`() {
        let rows: [[PostgresValue]] = [
            [.text("a"), .int8(1), .int4(7), .timestamp(Self.moment), .bytes([1])],
            [.text(nil), .int8(nil), .int4(nil), .timestamp(nil), .bytes(nil)],
        ]
        #expect(
            PostgresColumns.of(rows) == [
                .textArray(["a", nil]), .int8Array([1, nil]), .int8Array([7, nil]),
                .timestampArray([Self.moment, nil]), .bytesArray([[1], nil]),
            ])
    }

    @Test func `say of which row each element of an array is`() {
        let rows: [[PostgresValue]] = [
            [.text("a"), .textArray(["x", nil]), .int8Array([1, 2]), .textArray([])],
            [.text("b"), .textArray([]), .int8Array([]), .textArray(["r"])],
            [.text("c"), .textArray(["z"]), .int8Array([3]), .textArray(["s", "t"])],
        ]
        #expect(
            PostgresColumns.of(rows, groups: [1..<3, 3..<4]) == [
                .textArray(["a", "b", "c"]), .textArray(["x", nil, "z"]), .int8Array([1, 2, 3]),
                .textArray(["r", "s", "t"]), .int8Array([1, 1, 3]), .int8Array([2, 3, 3]),
            ])
    }
}
