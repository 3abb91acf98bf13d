// Bodies of POST /ecomm/api/v1/token, /token/refresh and GET /ecomm/api/v1/public-key, both directions:
// cap-svc and the gateway ask, the sandbox answers. They hold secrets, so nothing here is printable on
// purpose.
import JSONWire

/// Where the API's calls live under a bank's base URL.
package enum MiaPath {
    package static let token = "/ecomm/api/v1/token"
    package static let tokenRefresh = "/ecomm/api/v1/token/refresh"
    package static let pay = "/ecomm/api/v1/pay"
    package static let publicKey = "/ecomm/api/v1/public-key"
    /// The prefix of a payment's status; the paymentId follows.
    package static let payment = "/ecomm/api/v1/payment/"
    /// The hosted page behind a link; `?paymentId=` follows.
    package static let checkout = "/checkout"
}

/// `{merchantId, secretKey}`. A `terminalId`, which some documents add, is ignored.
package struct MiaTokenRequest: Sendable {
    package let merchantId: String
    package let secretKey: String

    package init(merchantId: String, secretKey: String) {
        self.merchantId = merchantId
        self.secretKey = secretKey
    }

    /// Throws `MiaRefusal`; called by whoever plays the bank.
    package init(parsing bytes: [UInt8]) throws(MiaRefusal) {
        let body = try JSONValue.miaObject(bytes)
        // A merchant number written bare is the same merchant.
        guard let merchantId = body["merchantId"]?.textOrNumber, !merchantId.isEmpty else {
            throw .missing("merchantId")
        }
        self.merchantId = merchantId
        secretKey = try body.required("secretKey")
    }

    package var bytes: [UInt8] {
        var json = JSONWriter()
        json.object {
            $0.member("merchantId", merchantId)
            $0.member("secretKey", secretKey)
        }
        return json.bytes
    }
}

/// `{refreshToken}`; the answer is a new pair.
package struct MiaTokenRefresh: Sendable {
    package let refreshToken: String

    package init(refreshToken: String) { self.refreshToken = refreshToken }

    package init(parsing bytes: [UInt8]) throws(MiaRefusal) {
        refreshToken = try JSONValue.miaObject(bytes).required("refreshToken")
    }

    package var bytes: [UInt8] {
        var json = JSONWriter()
        json.object { $0.member("refreshToken", refreshToken) }
        return json.bytes
    }
}

/// A pair of tokens and how long they live, in seconds from the moment of the answer.
package struct MiaTokenAnswer: Sendable {
    package let accessToken: String
    /// Seconds, more than 0; 300 was measured.
    package let accessTokenExpiresIn: Int64
    /// Missing in one documented variant.
    package let refreshToken: String?
    /// Seconds; five days were measured.
    package let refreshTokenExpiresIn: Int64?

    package init(
        accessToken: String, accessTokenExpiresIn: Int64, refreshToken: String?, refreshTokenExpiresIn: Int64?
    ) {
        self.accessToken = accessToken
        self.accessTokenExpiresIn = accessTokenExpiresIn
        self.refreshToken = refreshToken
        self.refreshTokenExpiresIn = refreshTokenExpiresIn
    }

    /// Reads both names of the lifetime: `accessTokenExpiresIn` (measured) and `expiresIn` (documented
    /// elsewhere).
    package init(parsing bytes: [UInt8]) throws(MiaRefusal) {
        let body = try JSONValue.miaObject(bytes)
        accessToken = try body.required("accessToken")
        let seconds = body["accessTokenExpiresIn"]?.int64OrDigits ?? body["expiresIn"]?.int64OrDigits
        guard let seconds, seconds > 0 else { throw .missing("accessTokenExpiresIn") }
        accessTokenExpiresIn = seconds
        refreshToken = body["refreshToken"]?.filledText
        refreshTokenExpiresIn = body["refreshTokenExpiresIn"]?.int64OrDigits
    }

    package var bytes: [UInt8] {
        var json = JSONWriter()
        json.object {
            $0.member("accessToken", accessToken)
            $0.member("accessTokenExpiresIn", accessTokenExpiresIn)
            $0.member("refreshToken", ifAny: refreshToken)
            if let refreshTokenExpiresIn { $0.member("refreshTokenExpiresIn", refreshTokenExpiresIn) }
            $0.member("tokenType", "Bearer")
        }
        return json.bytes
    }
}

/// `{publicKey}`: base64 of a DER SubjectPublicKeyInfo on one line. Armour and line breaks of a PEM, which
/// one document promises, are taken off.
package struct MiaPublicKeyAnswer: Sendable {
    /// Base64 without armour or white space.
    package let base64: String

    package init(base64: String) { self.base64 = base64 }

    package init(parsing bytes: [UInt8]) throws(MiaRefusal) {
        let text = try JSONValue.miaObject(bytes).required("publicKey")
        var kept: [UInt8] = []
        for line in text.utf8.split(whereSeparator: { $0 == 10 || $0 == 13 })
        where line.first != UInt8(ascii: "-") {
            kept.append(contentsOf: line.filter { $0 != 0x20 && $0 != 0x09 })
        }
        guard !kept.isEmpty else { throw .missing("publicKey") }
        base64 = String(decoding: kept, as: UTF8.self)
    }

    package var bytes: [UInt8] {
        var json = JSONWriter()
        json.object { $0.member("publicKey", base64) }
        return json.bytes
    }
}
