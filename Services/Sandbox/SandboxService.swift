// The sandbox, wired top to bottom: settings, what was kept, the fakes, the routes, what runs in the
// background. It plays Meta, the banks and the phones for a demo or a test, and refuses to be anything in
// production.

import EventLoop
import HTTPServer
package import Lifecycle

/// The sandbox program.
package enum SandboxService {
    /// Called by `Program.run`.
    package static func start(_ setup: Setup) async throws -> RunningService {
        let config = try SandboxConfig(setup.environment)
        let diary = try Diary(folder: config.stateFolder, log: setup.log)
        let banks = FakeBank(merchants: config.merchants, pace: config.pace, publicURL: config.publicURL)
            .bankIds
        let keys = try await BankKeys.load(banks, folder: config.stateFolder)
        let stage = try Stage(
            config: config, keys: keys, diary: diary, loop: setup.loop, world: setup.world, log: setup.log)
        let postman = Postman(
            http: setup.http, loop: setup.loop, log: setup.log, ingress: config.ingressURL,
            appSecret: config.appSecret,
            accepted: { stage.webhookAccepted($0, $1) })
        stage.use(postman)

        var settings = ServerSettings()
        settings.logsRequests = false  // the page asks several times a second
        let server = try await setup.serve(routes(stage), settings: settings)
        return RunningService(
            servers: [server],
            jobs: [
                { try await postman.run() },
                { try await stage.keepTime() },
                { try await stage.keepDiary() },
                { try await stage.activity.run() },
            ],
            stop: { await stage.close() })
    }

    static func routes(_ stage: Stage) -> Routes {
        var routes = Routes()
        PageRoutes(stage: stage).add(to: &routes)
        PhoneRoutes(stage: stage).add(to: &routes)
        PaymentRoutes(stage: stage).add(to: &routes)
        BankRoutes(stage: stage).add(to: &routes)
        TroubleRoutes(stage: stage).add(to: &routes)
        OperatorRoutes(stage: stage).add(to: &routes)
        CloudRoutes(stage: stage).add(to: &routes)
        TemplateRoutes(stage: stage).add(to: &routes)
        MediaRoutes(stage: stage).add(to: &routes)
        return routes
    }
}
