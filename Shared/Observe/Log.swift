// One JSON object a line, for machines first. A field is a number, one of our own words or one of our own
// ids: there is no way to log a String as it came, because what comes from outside may hold a phone number,
// a name or a secret.
package import World

/// What a log field may be. There is no free text on purpose.
package enum LogValue: Sendable {
    /// One of our own ids, such as `pay_…`. Kept to letters, digits and `_ . : - / { }`, cut at 80 bytes.
    case id(String)
    /// A word that stands in the source.
    case word(StaticString)
    /// A raw value or code of an enum or a table of ours; filtered as `id` is.
    case name(String)
    case int(Int)
    case flag(Bool)
    /// Printed in milliseconds with three decimals.
    case ms(Duration)
}

/// Writes lines for one service. Cheap to copy.
package struct Log: Sendable {
    package enum Level: String, Sendable, Comparable, CaseIterable {
        case debug, info, warn, error

        private var rank: Int {
            switch self {
            case .debug: 0
            case .info: 1
            case .warn: 2
            case .error: 3
            }
        }
        package static func < (a: Level, b: Level) -> Bool { a.rank < b.rank }
    }

    package let service: String
    private let minimum: Level
    private let world: World
    private let write: @Sendable ([UInt8]) -> Void

    /// `write` gets one whole line with its newline at a time, from any thread.
    package init(
        service: String, minimum: Level = .info, world: World, write: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.service = service
        self.minimum = minimum
        self.world = world
        self.write = write
    }

    /// A log that keeps nothing, for tests of other things.
    package static func silent(_ world: World) -> Log {
        Log(service: "test", minimum: .error, world: world) { _ in }
    }

    package func debug(_ what: StaticString, _ fields: KeyValuePairs<StaticString, LogValue> = [:]) {
        line(.debug, what, fields)
    }
    /// `what` is noun and past tense, such as `payment.opened`.
    package func info(_ what: StaticString, _ fields: KeyValuePairs<StaticString, LogValue> = [:]) {
        line(.info, what, fields)
    }
    /// Something a person should look at during the day.
    package func warn(_ what: StaticString, _ fields: KeyValuePairs<StaticString, LogValue> = [:]) {
        line(.warn, what, fields)
    }
    /// Something a person should look at now.
    package func error(_ what: StaticString, _ fields: KeyValuePairs<StaticString, LogValue> = [:]) {
        line(.error, what, fields)
    }

    /// A line that strangers can cause, at most as often as `pace` admits. The next one that is written says in
    /// `leftOut` how many were not.
    package func line(
        _ level: Level, _ what: StaticString, _ fields: KeyValuePairs<StaticString, LogValue> = [:],
        at pace: LinePace
    ) {
        guard level >= minimum, let leftOut = pace.admits(now: world.monotonic()) else { return }
        line(level, what, fields, leftOut: leftOut)
    }

    private func line(
        _ level: Level, _ what: StaticString, _ fields: KeyValuePairs<StaticString, LogValue>,
        leftOut: Int = 0
    ) {
        guard level >= minimum else { return }
        var text: [UInt8] = []
        text.reserveCapacity(512)
        text += "{\"ts\":\"".utf8
        world.now().append(to: &text)
        text += "\",\"level\":\"".utf8
        text += level.rawValue.utf8
        text += "\",\"service\":\"".utf8
        appendFiltered(service, to: &text)
        text += "\",\"what\":\"".utf8
        append(what, to: &text)
        text += "\"".utf8
        if let context = RequestContext.current {
            text += ",\"requestId\":\"".utf8
            appendFiltered(context.requestID, to: &text)
            text += "\",\"traceId\":\"".utf8
            appendFiltered(context.traceID, to: &text)
            text += "\"".utf8
        }
        for (name, value) in fields {
            text += ",\"".utf8
            append(name, to: &text)
            text += "\":".utf8
            append(value, to: &text)
        }
        if leftOut > 0 { text += ",\"leftOut\":\(leftOut)".utf8 }
        text += "}\n".utf8
        write(text)
    }
}

private func append(_ value: LogValue, to text: inout [UInt8]) {
    switch value {
    case .id(let id), .name(let id):
        text.append(0x22)
        appendFiltered(id, to: &text)
        text.append(0x22)
    case .word(let word):
        text.append(0x22)
        append(word, to: &text)
        text.append(0x22)
    case .int(let number): text += String(number).utf8
    case .flag(let flag): text += (flag ? "true" : "false").utf8
    case .ms(let span):
        let microseconds = max(0, span.microseconds)
        text += String(microseconds / 1_000).utf8
        text.append(0x2E)
        text.append(0x30 + UInt8(microseconds / 100 % 10))
        text.append(0x30 + UInt8(microseconds / 10 % 10))
        text.append(0x30 + UInt8(microseconds % 10))
    }
}

private func append(_ word: StaticString, to text: inout [UInt8]) {
    word.withUTF8Buffer { text.append(contentsOf: $0) }
}

private func appendFiltered(_ id: String, to text: inout [UInt8]) {
    for byte in id.utf8.prefix(80) {
        switch byte {
        // Letters, digits, and what stands in ids and in the patterns of routes: _ . : - / { }
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2E, 0x3A, 0x2D, 0x2F, 0x7B, 0x7D:
            text.append(byte)
        default: text.append(0x3F)
        }
    }
}
