// Blocks of internet addresses: whom a limit per address counts as one party, and which peers it does not count
// at all. Pure; names are never resolved here.
import Glibc

/// The addresses that share their first bits: `10.0.0.0/8`, or one address alone.
package struct AddressBlock: Sendable, Hashable {
    /// 4 octets for IPv4, 16 for IPv6; zero beyond `bits`.
    private let octets: [UInt8]
    private let bits: Int

    /// How much of an IPv6 address one customer holds: a /64 is the least that is handed out (RFC 6177), so
    /// single addresses inside it are free to choose.
    private static let bitsOfOnePartyV6 = 64

    /// A numeric address, alone or with `/bits`. Nil for anything else, also when bits beyond the prefix are
    /// set: that is a slip of the pen.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, let address = SocketAddress(numeric: parts[0], port: 0),
            let octets = address.octets
        else { return nil }
        var bits = octets.count * 8
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let given = Int(parts[1]),
                given <= bits
            else { return nil }
            bits = given
        }
        self.octets = Self.masked(octets, bits)
        self.bits = bits
        guard self.octets == octets else { return nil }
    }

    /// The party that an address belongs to: an IPv4 address alone, an IPv6 address with its /64. Nil where
    /// there is no internet address, as on a Unix socket.
    package init?(partyOf address: SocketAddress) {
        guard let octets = address.octets else { return nil }
        bits = octets.count == 4 ? 32 : Self.bitsOfOnePartyV6
        self.octets = Self.masked(octets, bits)
    }

    /// Whether an address lies in this block. An IPv4 address inside IPv6 (`::ffff:10.0.0.1`) counts as IPv4.
    package func contains(_ address: SocketAddress) -> Bool {
        guard let other = address.octets, other.count == octets.count else { return false }
        return Self.masked(other, bits) == octets
    }

    private static func masked(_ octets: [UInt8], _ bits: Int) -> [UInt8] {
        octets.enumerated().map { index, octet in
            let kept = min(8, max(0, bits - index * 8))
            return octet & UInt8(truncatingIfNeeded: 0xFF00 >> kept)
        }
    }
}

extension SocketAddress {
    /// The address in network order, 4 or 16 octets; 4 for IPv4 inside IPv6. Nil for a path.
    fileprivate var octets: [UInt8]? {
        switch family {
        case AF_INET: return Array(storage[4..<8])
        case AF_INET6:
            let octets = Array(storage[8..<24])
            let isMapped = octets[..<10].allSatisfy { $0 == 0 } && octets[10] == 0xFF && octets[11] == 0xFF
            return isMapped ? Array(octets[12...]) : octets
        default: return nil
        }
    }
}
