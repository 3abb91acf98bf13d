// A moment, as every service, row and log line means it: whole microseconds since 1970-01-01T00:00:00Z.
// PostgreSQL's timestamptz has exactly this resolution, so a value survives the round trip unchanged.
// Nothing here knows a time zone or reads a clock.

/// A moment in microseconds since 1970-01-01T00:00:00 UTC. Ordered, exact, the same on the wire and in a row.
package struct Timestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z; negative before it.
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// A moment given in whole Unix seconds, as Meta sends them. Saturates instead of trapping on absurd
    /// input.
    package init(seconds: Int64) {
        let (value, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        microseconds = overflow ? (seconds < 0 ? .min : .max) : value
    }

    /// Unix seconds, rounded towards the past.
    package var seconds: Int64 {
        let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }

    /// The moment `span` later. Saturates at the ends of the range.
    package func advanced(by span: Duration) -> Timestamp {
        let (value, overflow) = microseconds.addingReportingOverflow(span.microseconds)
        return Timestamp(microseconds: overflow ? (span < .zero ? .min : .max) : value)
    }

    /// How much later this moment is than `earlier`; negative when it is before it.
    package func since(_ earlier: Timestamp) -> Duration {
        .microseconds(microseconds.subtractingReportingOverflow(earlier.microseconds).partialValue)
    }
}

extension Duration {
    /// Whole microseconds, cut towards zero; saturates.
    package var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        return whole.addingReportingOverflow(attoseconds / 1_000_000_000_000).partialValue
    }

    /// Whole milliseconds, cut towards zero.
    package var milliseconds: Int64 { microseconds / 1_000 }

    /// Whole nanoseconds, cut towards zero; saturates at about 292 years.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        return whole.addingReportingOverflow(attoseconds / 1_000_000_000).partialValue
    }
}
