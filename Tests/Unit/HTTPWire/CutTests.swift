// What the fuzzers of Tests/Fuzz found about cutting a connection's bytes, kept as
// Tests/Vectors/http/cuts.table.
import HTTPWire
import Testing

@Suite struct `Bytes beyond a limit` {
    @Test func `are refused for the limit, however they arrive`() {
        var limits = HTTPLimits()
        limits.startLineBytesMax = 32
        limits.headBytesMax = 96
        limits.chunkExtensionBytesMax = 16
        limits.trailerBytesMax = 40
        let rows = OwnTable.rows("http/cuts.table")
        #expect(rows.count == 6)
        for row in rows {
            let input = OwnTable.octets(row[1])
            for pieces in [[input]] + cuts(of: input) {
                let trace =
                    row[0] == "request"
                    ? WireTrace.requests(pieces, limits: limits)
                    : WireTrace.answers(pieces, limits: limits)
                #expect(trace.description == row[2], "\(row[1]) in \(pieces.count) pieces")
            }
        }
    }
}
