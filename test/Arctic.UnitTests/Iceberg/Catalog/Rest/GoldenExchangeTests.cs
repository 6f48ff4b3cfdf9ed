using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Catalog.Rest;
using Arctic.Iceberg.Spec.Json;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Iceberg.Catalog.Rest;

/// <summary>
/// What other clients asked of the reference server, asked by ours: the request must mean the same, and the recorded answer be understood. What our client does
/// not ask is listed one by one, with the reason.
/// </summary>
public sealed class GoldenExchangeTests
{
    private const string NoReports = "The client reports no metrics.";
    private const string NoViews = "Views are listed and refused; they are not loaded, made or dropped.";
    private const string NotSent = "The client never sends this: it is no valid request.";

    private static readonly Dictionary<string, string> NotCovered = new()
    {
        ["raw 6"] = NotSent, // broken JSON
        ["raw 7"] = NotSent, // no namespace
        ["raw 13"] = "The client refuses to set and remove one property before it asks the server.",
        ["raw 19"] = NotSent, // no schema
        ["raw 20"] = NotSent, // a type that does not exist
        ["raw 34"] = NotSent, // a requirement that does not exist
        ["raw 35"] = NotSent, // an update that does not exist
        ["raw 39"] = NotSent, // a partition field without an id
        ["raw 44"] = NotSent, // broken JSON
        ["raw 45"] = "A commit of nothing: the client says so with empty lists, the recorded one with an empty object.",
        ["raw 50"] = NoReports,
        ["raw 51"] = "The client plans scans itself.",
        ["raw 52"] = "The client does not ask for credentials where the server does not offer it (RestAccessTests has one that does).",
        ["raw 53"] = NoViews,
        ["raw 54"] = NoViews,
        ["raw 56"] = NoViews,
        ["raw 57"] = NoViews,
        ["raw 66"] = NotSent, // PUT
        ["raw 67"] = NotSent, // an address that does not exist
        ["raw 68"] = "The client uses the separator that the server names.",
        ["spark 10"] = NoReports,
        ["spark 12"] = NoReports,
        ["spark 16"] = NoReports,
        ["spark 18"] = NoReports,
        ["spark 22"] = NoReports,
        ["spark 46"] = NoReports,
        ["spark 51"] = NoReports,
        ["spark 52"] = NoReports,
        ["spark 60"] = NoReports,
        ["spark 61"] = NoReports,
        ["spark 66"] = NoReports,
        ["spark 70"] = NoReports,
        ["spark 75"] = NoReports,
        ["spark 89"] = NoReports,
        ["spark 96"] = NoReports,
        ["spark 101"] = NoReports,
        ["spark 83"] = NoViews,
        ["spark 85"] = NoViews,
        ["spark 86"] = NoViews,
        ["spark 90"] = NoViews,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, int> Exchanges
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var (file, count) in new[] { ("pyiceberg", 54), ("spark", 108), ("raw", 69) })
            {
                foreach (var n in Enumerable.Range(1, count).Where(n => !NotCovered.ContainsKey($"{file} {n}")))
                {
                    data.Add(file, n);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Exchanges))]
    public async Task Our_client_asks_the_same_and_understands_the_answer(string file, int number)
    {
        var path = Golden.Find($"rest/{file}.jsonl");
        Assert.SkipWhen(path is null, "The recorded exchanges are not on this machine.");
        var all = RecordedExchange.Load(path!);
        var exchange = all.Single(e => e.Number == number);
        var replay = new Replay(exchange, all);
        await replay.RunAsync();
        replay.CheckRequest();
    }

    [Fact]
    public void What_is_left_out_is_listed_and_nothing_else_is()
    {
        Assert.SkipWhen(Golden.Find("rest") is null, "The recorded exchanges are not on this machine.");
        var all = new[] { "pyiceberg", "spark", "raw" }.SelectMany(f => RecordedExchange.Load(Golden.Find($"rest/{f}.jsonl")!)).ToDictionary(e => e.Name);

        Assert.Equal((231, 191), (all.Count, Exchanges.Count));
        foreach (var (name, reason) in NotCovered)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {all[name].Method} {all[name].Path} => {all[name].Status}: {reason}");
        }

        Assert.Equal(
            all.Values.Where(e => e.Path.EndsWith("/metrics", StringComparison.Ordinal)).Select(e => e.Name).Order(StringComparer.Ordinal),
            NotCovered.Where(n => n.Value == NoReports).Select(n => n.Key).Order(StringComparer.Ordinal));
        Assert.All(NotCovered.Where(n => n.Value == NoViews), n => Assert.Contains("/views", all[n.Key].Path));
        Assert.All(NotCovered.Where(n => n.Value == NotSent), n => Assert.True(all[n.Key].Status >= 400));
    }

    /// <summary>One exchange, asked by our client.</summary>
    private sealed class Replay(RecordedExchange exchange, IReadOnlyList<RecordedExchange> all)
    {
        private const string Config = """{"defaults":{},"overrides":{"namespace-separator":"%2E"},"endpoints":ENDPOINTS}""";
        private readonly Queue<HttpResponseMessage> _before = new();
        private ScriptedHandler _handler = null!; // RunAsync
        private int? _asked;

        private string Table => Uri.UnescapeDataString(exchange.Parts[3]);

        private Namespace Ns => new(exchange.Parts[1].Split("%2E").Select(Uri.UnescapeDataString));

        private TableIdentifier Identifier => new(Ns, Table);

        public async Task RunAsync()
        {
            _handler = new ScriptedHandler(Answer);
            var options = new Dictionary<string, string> { ["uri"] = "http://catalog", ["rest.client.max-retries"] = "0" };
            if (exchange.Query.TryGetValue("warehouse", out var warehouse))
            {
                options["warehouse"] = warehouse;
            }

            if (exchange.Query.TryGetValue("pageSize", out var size))
            {
                options["rest-page-size"] = size;
            }

            if (exchange.Parts[0] == "oauth")
            {
                (options["credential"], options["scope"]) = ("id:secret", "PRINCIPAL_ROLE:ALL");
            }

            await using var catalog = new RestCatalog(
                "golden", RestCatalogOptions.Read(options, "the test"), new ObjectStoreProviderRouter(new MemoryObjectStore(TimeProvider.System)), new CommitEnvironment(TimeProvider.System, new Random(1)), new HttpClient(_handler));
            await AskAsync(catalog);
        }

        /// <summary>Whether the request that got the recorded answer means what was recorded.</summary>
        public void CheckRequest()
        {
            var (method, target, body, headers) = _handler.Requests[_asked!.Value];
            Assert.Equal(exchange.Method, method);
            Assert.Equal(MeaningOf(exchange.Path), MeaningOf(target));
            if (exchange.RequestHeaders.TryGetValue("if-none-match", out var version))
            {
                Assert.Equal(version, headers["if-none-match"]);
            }

            if (exchange.Parts[0] == "oauth")
            {
                Assert.Equal(exchange.RequestBody!.GetValue<string>().Split('&').Order(), body!.Split('&').Order());
            }
            else
            {
                Assert.Equal(BodyMeaning(exchange.RequestBody)?.ToJsonString(), BodyMeaning(body is null ? null : JsonNode.Parse(body))?.ToJsonString());
            }
        }

        private HttpResponseMessage Answer(HttpRequestMessage request)
        {
            var path = request.RequestUri!.PathAndQuery;
            if (path.StartsWith("/v1/config", StringComparison.Ordinal) && exchange.Parts[0] != "config")
            {
                var endpoints = all.Concat(RecordedExchange.Load(Golden.Find("rest/raw.jsonl")!)).First(e => e.Parts[0] == "config").ResponseBody!["endpoints"]!;
                return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(Config.Replace("ENDPOINTS", endpoints.ToJsonString(), StringComparison.Ordinal), Encoding.UTF8) };
            }

            if (_before.TryDequeue(out var first))
            {
                return first;
            }

            if (_asked is null)
            {
                _asked = _handler.Requests.Count - 1;
                return exchange.ToResponse();
            }

            // Our client looks further: the next page, what else there is for a suggestion, a view of that name.
            return new HttpResponseMessage(HttpStatusCode.NotFound);
        }

        private Task AskAsync(RestCatalog catalog) => (exchange.Method, exchange.Parts) switch
        {
            (_, ["config"]) or (_, ["oauth", ..]) => AskConfigAsync(catalog),
            ("GET", ["namespaces"]) => ListNamespacesAsync(catalog),
            ("POST", ["namespaces"]) => DoneOrAsync(ErrorCodes.AlreadyExists, async () =>
                await catalog.CreateNamespaceAsync(CommitReader.ReadNamespace(Body("namespace")), MapOf("properties"), Token)),
            ("GET", ["namespaces", _]) => FindNamespaceAsync(catalog),
            ("HEAD", ["namespaces", _]) => ExistsAsync(async () => await catalog.NamespaceExistsAsync(Ns, Token)),
            ("DELETE", ["namespaces", _]) => DoneOrAsync(exchange.Status == 409 ? ErrorCodes.InvalidStatement : ErrorCodes.UnknownName, async () => await catalog.DropNamespaceAsync(Ns, Token)),
            ("POST", ["namespaces", _, "properties"]) => DoneOrAsync(ErrorCodes.UnknownName, async () =>
                await catalog.UpdateNamespaceAsync(Ns, MapOf("updates"), TextsOf("removals"), Token)),
            ("GET", ["namespaces", _, "tables" or "views"]) => ListNamesAsync(catalog),
            ("POST", ["namespaces", _, "tables"]) => CreateAsync(catalog),
            ("POST", ["namespaces", _, "register"]) => TableOrAsync(ErrorCodes.AlreadyExists, async () =>
                await catalog.RegisterTableAsync(new TableIdentifier(Ns, Body("name").GetString()!), Body("metadata-location").GetString()!, Token)),
            ("GET", ["namespaces", _, "tables", _]) => LoadAsync(catalog),
            ("HEAD", ["namespaces", _, "tables", _]) => ExistsAsync(async () => await catalog.TableExistsAsync(Identifier, Token)),
            ("HEAD", ["namespaces", _, "views", _]) => LookForViewAsync(catalog),
            ("DELETE", ["namespaces", _, "tables", _]) => DoneOrAsync(ErrorCodes.UnknownName, async () =>
                await catalog.DropTableAsync(Identifier, IsTrue("purgeRequested") ? DropMode.DeleteFiles : DropMode.KeepFiles, Token)),
            ("POST", ["namespaces", _, "tables", _]) => TableOrAsync(
                exchange.Status == 409 ? ErrorCodes.CommitConflict : exchange.Status == 404 ? ErrorCodes.UnknownName : ErrorCodes.InvalidStatement,
                async () => await catalog.CommitAsync(CommitReader.Read(Body(), Identifier), Token)),
            ("POST", ["tables", "rename"]) => DoneOrAsync(exchange.Status == 409 ? ErrorCodes.AlreadyExists : ErrorCodes.UnknownName, async () =>
                await catalog.RenameTableAsync(CommitReader.ReadIdentifier(Body("source")), CommitReader.ReadIdentifier(Body("destination")), Token)),
            ("POST", ["transactions", "commit"]) => DoneOrAsync(ErrorCodes.CommitConflict, async () =>
                await catalog.CommitAllAsync(Body("table-changes").EnumerateArray().Select(c => CommitReader.Read(c, null)).ToList(), Token)),
            _ => throw new InvalidOperationException($"No call of the client is this request: {exchange.Method} {exchange.Path}"),
        };

        private async Task AskConfigAsync(RestCatalog catalog)
        {
            // The configuration comes before anything else, the token before the configuration.
            Assert.Equal(200, exchange.Status);
            var error = await Record.ExceptionAsync(async () => await catalog.ListNamespacesAsync(Namespace.Root, Token));
            Assert.True(error is ArcticException { Code.Name: "UNKNOWN_NAME" } or null, error?.ToString());
            if (exchange.Parts[0] == "oauth")
            {
                Assert.Equal("Bearer " + exchange.ResponseBody!["access_token"]!.GetValue<string>(), _handler.Requests[_asked!.Value + 1].Headers["authorization"]);
            }
        }

        private async Task ListNamespacesAsync(RestCatalog catalog)
        {
            var parent = exchange.Query.TryGetValue("parent", out var text) ? Namespace.Parse(text) : Namespace.Root;
            var more = exchange.ResponseBody?["next-page-token"]?.GetValue<string>();
            var listed = await Record.ExceptionAsync(async () =>
            {
                var found = await catalog.ListNamespacesAsync(parent, Token);
                Assert.Equal(exchange.ResponseBody!["namespaces"]!.AsArray().Select(n => string.Join('.', n!.AsArray().Select(l => l!.GetValue<string>()))), found.Select(n => n.ToString()));
            });
            if (exchange.Status == 404 || more is not null)
            {
                // The page after this one is not recorded: what is asked for it is enough.
                Assert.Equal(ErrorCodes.UnknownName, Assert.IsType<ArcticException>(listed).Code);
                Assert.True(more is null || _handler.Requests[^1].Target.Contains($"pageToken={more}", StringComparison.Ordinal));
                return;
            }

            Assert.Null(listed);
        }

        private async Task FindNamespaceAsync(RestCatalog catalog)
        {
            var found = await catalog.FindNamespaceAsync(Ns, Token);
            Assert.Equal(exchange.Status != 404, found is not null);
            Assert.Equal(exchange.ResponseBody!["properties"]?.AsObject().Select(p => (p.Key, p.Value!.GetValue<string>())).Order(), found?.Select(p => (p.Key, p.Value)).Order());
        }

        private async Task ListNamesAsync(RestCatalog catalog)
        {
            var found = exchange.Parts[2] == "tables" ? await catalog.ListTablesAsync(Ns, Token) : await catalog.ListViewsAsync(Ns, Token);
            Assert.Equal(exchange.ResponseBody!["identifiers"]!.AsArray().Select(i => i!["name"]!.GetValue<string>()), found.Select(t => t.Name));
            Assert.All(found, t => Assert.Equal(Ns, t.Namespace));
        }

        private Task CreateAsync(RestCatalog catalog)
        {
            var identifier = new TableIdentifier(Ns, Body("name").GetString()!);
            var creation = CommitReader.ReadCreation(Body());
            var isStaged = Body().TryGetProperty("stage-create", out var stage) && stage.GetBoolean();
            return TableOrAsync(ErrorCodes.AlreadyExists, async () =>
                isStaged ? await catalog.StageTableAsync(identifier, creation, Token) : await catalog.CreateTableAsync(identifier, creation, Token));
        }

        private async Task LoadAsync(RestCatalog catalog)
        {
            var mode = exchange.Query.GetValueOrDefault("snapshots") == "refs" ? SnapshotLoading.Refs : SnapshotLoading.All;
            IcebergTable? known = null;
            if (exchange.RequestHeaders.TryGetValue("if-none-match", out var version))
            {
                _before.Enqueue(all.Last(e => e.Number < exchange.Number && e.ETag == version && e.Status == 200).ToResponse());
                known = await catalog.FindTableAsync(Identifier, mode, Token);
            }

            var table = await catalog.FindTableAsync(Identifier, mode, Token);
            if (exchange.Status == 304)
            {
                Assert.Equal((known!.MetadataLocation, known.Metadata), (table!.MetadataLocation, table.Metadata));
                return;
            }

            Assert.Equal(exchange.Status == 404, table is null);
            CheckTable(table);
        }

        private async Task LookForViewAsync(RestCatalog catalog)
        {
            _before.Enqueue(new HttpResponseMessage(HttpStatusCode.NotFound));
            Assert.Equal(404, exchange.Status);
            Assert.Null(await catalog.FindTableAsync(Identifier, Token));
        }

        private async Task ExistsAsync(Func<Task<bool>> ask) => Assert.Equal(exchange.Status == 204, await ask());

        private async Task DoneOrAsync(ErrorCode otherwise, Func<Task> act)
        {
            if (exchange.Status < 300)
            {
                await act();
                return;
            }

            var error = await Assert.ThrowsAnyAsync<ArcticException>(act);
            Assert.Equal(otherwise, error.Code);
        }

        private async Task TableOrAsync(ErrorCode otherwise, Func<Task<IcebergTable>> act)
        {
            if (exchange.Status < 300)
            {
                CheckTable(await act());
                return;
            }

            var error = await Assert.ThrowsAnyAsync<ArcticException>(act);
            Assert.Equal(otherwise, error.Code);
            Assert.IsType(otherwise == ErrorCodes.CommitConflict ? typeof(CommitConflictException) : typeof(ArcticException), error);
        }

        /// <summary>Whether a table is what the answer says: written by us, its metadata means the same.</summary>
        private void CheckTable(IcebergTable? table)
        {
            if (table is null)
            {
                return;
            }

            Assert.Equal(exchange.ResponseBody!["metadata-location"]?.GetValue<string>() ?? "", table.MetadataLocation);
            Assert.Equal(
                MetadataMeaning(exchange.ResponseBody["metadata"]!).ToJsonString(),
                MetadataMeaning(JsonNode.Parse(TableMetadataWriter.Write(table.Metadata).Span)!).ToJsonString());
        }

        private static JsonNode MetadataMeaning(JsonNode metadata)
        {
            var normal = JsonMeaning.Of(metadata, isRequest: false)!.AsObject();
            if (normal["current-snapshot-id"]?.GetValue<long>() == -1)
            {
                normal.Remove("current-snapshot-id");
            }

            foreach (var empty in normal.Where(p => p.Value is JsonArray { Count: 0 } or JsonObject { Count: 0 }).Select(p => p.Key).ToList())
            {
                normal.Remove(empty);
            }

            return normal;
        }

        private JsonNode? BodyMeaning(JsonNode? body)
        {
            var normal = JsonMeaning.Of(body, isRequest: true);
            if (normal is JsonObject request && exchange.Parts is [_, _, "tables"])
            {
                // Our client always says the version, which is 2 where its caller does not.
                var properties = request["properties"] as JsonObject ?? [];
                properties.TryAdd("format-version", "2");
                request["properties"] = properties.DeepClone();
                return JsonMeaning.Of(request, isRequest: true);
            }

            if (normal is JsonObject commit && exchange.Parts is [_, _, "tables", _])
            {
                commit.Remove("identifier"); // It stands in the address.
            }

            return normal;
        }

        // Defaults of the protocol need not be said: whole metadata, no purge, the first page.
        private static string MeaningOf(string target)
        {
            var query = target.Contains('?', StringComparison.Ordinal) ? target.Split('?')[1].Split('&').Select(Uri.UnescapeDataString) : [];
            var said = query.Select(p => p.ToLowerInvariant()).Except(["snapshots=all", "purgerequested=false", "pagetoken="]).Order(StringComparer.Ordinal);
            return target.Split('?')[0] + "?" + string.Join('&', said);
        }

        private bool IsTrue(string parameter) => string.Equals(exchange.Query.GetValueOrDefault(parameter), "true", StringComparison.OrdinalIgnoreCase);

        private JsonElement Body() => JsonSerializer.SerializeToElement(exchange.RequestBody);

        private JsonElement Body(string member) => Body().GetProperty(member);

        private IReadOnlyDictionary<string, string> MapOf(string member) => CommitReader.ReadMap(Body(), member);

        private IReadOnlyList<string> TextsOf(string member) => CommitReader.ReadTexts(Body(), member);
    }
}
