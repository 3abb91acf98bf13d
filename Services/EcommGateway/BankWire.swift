// The one thing a rail needs of the network, small enough that a test can play the bank. The real one is
// HTTPBankWire.

/// A call to a bank's API. It carries a token and must not be printed.
package struct BankAsk: Sendable {
    package enum Method: String, Sendable { case get = "GET", post = "POST" }
    package var method: Method
    /// From the broker's answer, such as `https://ecomm.bank.md`.
    package var baseURL: String
    package var path: String
    package var accessToken: String
    package var body: [UInt8]
    package var timeout: Duration
}

/// What came of a call.
package enum BankAnswer: Sendable {
    case answered(status: Int, body: [UInt8], retryAfterSeconds: Int?)
    /// No byte of the request left.
    case notSent
    /// The request left, at least in part, and no whole answer came.
    case lost
}

package protocol BankWire: Sendable {
    func exchange(_ ask: BankAsk) async -> BankAnswer
}
