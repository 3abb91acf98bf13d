// What a measurement says, as lines for a person and as JSON for a program.

/// One line of the table.
struct BenchRow: Encodable {
    var what: String
    var value: String
    var aim: String
}

struct BenchReport: Encodable {
    var machine: [String]
    var rows: [BenchRow] = []
    var processes: [ProcessFigures] = []
    /// Durable webhooks a second of the best peer that was measured beside us.
    var bestPeer: Double?

    var table: String {
        var text = "\n" + machine.joined(separator: "\n") + "\n\n"
        let width = rows.map(\.what.count).max() ?? 0
        for row in rows {
            let aim = row.aim.isEmpty ? "" : "   (aim: \(row.aim))"
            text +=
                row.what + String(repeating: " ", count: width - row.what.count) + "  " + row.value + aim
                + "\n"
        }
        guard !processes.isEmpty else { return text }
        text += "\nprocess" + String(repeating: " ", count: 13) + "idle        at most     ready after\n"
        for process in processes {
            text += process.name + String(repeating: " ", count: max(1, 20 - process.name.count))
            text += Bench.fixed(process.residentMiB, 1) + " MiB    "
            text += Bench.fixed(process.peakMiB ?? .nan, 1) + " MiB    "
            text += Bench.fixed(process.startMs, 0) + " ms\n"
        }
        return text
    }
}
