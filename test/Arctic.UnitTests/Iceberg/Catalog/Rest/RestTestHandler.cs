using System.Text;
using System.Text.Json;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Iceberg.Catalog.Rest;

/// <summary>Answers requests out of a catalog in memory.</summary>
internal sealed class RestTestHandler(MemoryCatalog catalog, IObjectStore store, RestTestSettings settings)
{
    public static readonly IReadOnlyList<string> AllEndpoints =
    [
        "GET /v1/{prefix}/namespaces", "POST /v1/{prefix}/namespaces", "HEAD /v1/{prefix}/namespaces/{namespace}", "GET /v1/{prefix}/namespaces/{namespace}",
        "DELETE /v1/{prefix}/namespaces/{namespace}", "POST /v1/{prefix}/namespaces/{namespace}/properties", "GET /v1/{prefix}/namespaces/{namespace}/tables",
        "POST /v1/{prefix}/namespaces/{namespace}/tables", "HEAD /v1/{prefix}/namespaces/{namespace}/tables/{table}", "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}",
        "POST /v1/{prefix}/namespaces/{namespace}/register", "POST /v1/{prefix}/namespaces/{namespace}/tables/{table}", "DELETE /v1/{prefix}/namespaces/{namespace}/tables/{table}",
        "POST /v1/{prefix}/tables/rename", "POST /v1/{prefix}/transactions/commit", "GET /v1/{prefix}/namespaces/{namespace}/views",
        "HEAD /v1/{prefix}/namespaces/{namespace}/views/{view}",
    ];

    private readonly Lock _lock = new();
    private readonly HashSet<string> _tokens = [];
    private readonly Dictionary<TableIdentifier, int> _accessCounts = [];
    private int _tokenCount;

    private static CancellationToken Token => CancellationToken.None;

    /// <summary>Names that are views.</summary>
    public HashSet<TableIdentifier> Views { get; } = [];

    /// <summary>How many tokens were given out.</summary>
    public int TokenCount => _tokenCount;

    /// <summary>From now on no token that was given out is accepted.</summary>
    public void RevokeTokens()
    {
        lock (_lock)
        {
            _tokens.Clear();
        }
    }

    public void Accept(string token)
    {
        lock (_lock)
        {
            _tokens.Add(token);
        }
    }

    public async Task<RestTestReply> AnswerAsync(RestTestCall call)
    {
        try
        {
            return await RouteAsync(call);
        }
        catch (CommitConflictException e)
        {
            return RestTestReply.Error(409, "CommitFailedException", e.Message);
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.AlreadyExists)
        {
            return RestTestReply.Error(409, "AlreadyExistsException", e.Message);
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.UnknownName)
        {
            return RestTestReply.Error(404, e.Message.Contains("no database", StringComparison.Ordinal) ? "NoSuchNamespaceException" : "NoSuchTableException", e.Message);
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.InvalidStatement && call.Method == "DELETE")
        {
            return RestTestReply.Error(409, "NamespaceNotEmptyException", e.Message);
        }
        catch (Exception e) when (e is ArcticException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return RestTestReply.Error(400, "BadRequestException", e.Message);
        }
    }

    private async Task<RestTestReply> RouteAsync(RestTestCall call)
    {
        var parts = call.Path.TrimStart('/').Split('/');
        if (parts[0] != "v1")
        {
            return RestTestReply.Error(404, "NotFoundException", "No such address.");
        }

        if (call.Path.EndsWith("/oauth/tokens", StringComparison.Ordinal))
        {
            return GiveToken(call);
        }

        if (settings.Client is not null && !IsAccepted(call))
        {
            return RestTestReply.Error(settings.UnauthorizedStatus, "NotAuthorizedException", $"Not accepted: {call.Headers.GetValueOrDefault("Authorization")}");
        }

        if (parts is ["v1", "config"])
        {
            return Json(WriteConfig);
        }

        if (settings.Prefix is { } prefix)
        {
            if (parts.Length < 2 || parts[1] != prefix)
            {
                return RestTestReply.Error(404, "NotFoundException", "No such prefix.");
            }

            parts = [parts[0], .. parts[2..]];
        }

        using var body = call.Body.Length == 0 ? null : JsonDocument.Parse(call.Body);
        return (call.Method, parts) switch
        {
            ("GET", ["v1", "namespaces"]) => Page(call, "namespaces", await catalog.ListNamespacesAsync(ParentOf(call), Token), (writer, ns) => WriteTexts(writer, null, ns.Levels)),
            ("POST", ["v1", "namespaces"]) => await CreateNamespaceAsync(body!.RootElement),
            ("POST", ["v1", "tables", "rename"]) => await RenameAsync(body!.RootElement),
            ("POST", ["v1", "transactions", "commit"]) => await CommitAllAsync(body!.RootElement),
            (_, ["v1", "namespaces", var ns, .. var rest]) => await RouteNamespaceAsync(call, NamespaceOf(ns), rest, body?.RootElement),
            _ => RestTestReply.Error(400, "BadRequestException", $"No route for request: {call}"),
        };
    }

    private async Task<RestTestReply> RouteNamespaceAsync(RestTestCall call, Namespace ns, string[] rest, JsonElement? body)
    {
        TableIdentifier Named(string name) => new(ns, Uri.UnescapeDataString(name));
        switch (call.Method, rest)
        {
            case ("GET", []):
            case ("HEAD", []):
                return await catalog.FindNamespaceAsync(ns, Token) is { } found
                    ? call.Method == "HEAD" ? new RestTestReply(204, null) : NamespaceReply(ns, found)
                    : RestTestReply.Error(404, "NoSuchNamespaceException", $"Namespace does not exist: {ns}");
            case ("DELETE", []):
                await catalog.DropNamespaceAsync(ns, Token);
                return new RestTestReply(204, null);
            case ("POST", ["properties"]):
                return await UpdateNamespaceAsync(ns, body!.Value);
            case ("GET", ["tables"]):
                return Page(call, "identifiers", await catalog.ListTablesAsync(ns, Token), WriteIdentifier);
            case ("POST", ["tables"]):
                return await CreateTableAsync(ns, body!.Value);
            case ("GET", ["views"]):
                return Page(call, "identifiers", Views.Where(v => v.Namespace == ns).ToList(), WriteIdentifier);
            case (_, ["views", var view]):
                return Views.Contains(Named(view)) ? new RestTestReply(204, null) : RestTestReply.Error(404, "NoSuchViewException", "View does not exist.");
            case ("POST", ["register"]):
                var registered = await catalog.RegisterTableAsync(Named(body!.Value.GetProperty("name").GetString()!), body.Value.GetProperty("metadata-location").GetString()!, Token);
                return LoadReply(call, registered);
            case ("GET", ["tables", var name]):
                return LoadReply(call, await catalog.LoadTableAsync(Named(name), Token));
            case ("HEAD", ["tables", var name]):
                return await catalog.FindTableAsync(Named(name), Token) is null ? RestTestReply.Error(404, "NoSuchTableException", "") : new RestTestReply(204, null);
            case ("DELETE", ["tables", var name]):
                await catalog.DropTableAsync(Named(name), call.Query.GetValueOrDefault("purgeRequested") == "true" ? DropMode.DeleteFiles : DropMode.KeepFiles, Token);
                return new RestTestReply(204, null);
            case ("POST", ["tables", var name]):
                return MetadataReply(await catalog.CommitAsync(CommitReader.Read(body!.Value, Named(name)), Token), "");
            case ("GET", ["tables", var name, "credentials"]):
                return Json(writer =>
                {
                    writer.WriteStartObject();
                    using var access = JsonDocument.Parse("{" + AccessOf(Named(name)) + "}");
                    access.RootElement.GetProperty("storage-credentials").WriteTo(WriterAt(writer, "storage-credentials"));
                    writer.WriteEndObject();
                });
            default:
                return RestTestReply.Error(400, "BadRequestException", $"No route for request: {call}");
        }
    }

    private RestTestReply GiveToken(RestTestCall call)
    {
        var form = call.Body.Split('&').Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => Uri.UnescapeDataString(p[1]));
        if (form["grant_type"] != "client_credentials" || (form.GetValueOrDefault("client_id") ?? "", form["client_secret"]) != (settings.Client!.Value.Id, settings.Client.Value.Secret))
        {
            return new RestTestReply(400, Encoding.UTF8.GetBytes($$"""{"error":"invalid_client","error_description":"Credentials {{form["client_secret"]}} given were invalid"}"""));
        }

        var token = $"token-{Interlocked.Increment(ref _tokenCount)}";
        Accept(token);
        var life = settings.TokenSeconds is { } seconds ? $",\"expires_in\":{seconds}" : "";
        return new RestTestReply(200, Encoding.UTF8.GetBytes($$"""{"access_token":"{{token}}","token_type":"bearer"{{life}}}"""));
    }

    private bool IsAccepted(RestTestCall call)
    {
        lock (_lock)
        {
            return call.Headers.GetValueOrDefault("Authorization") is { } header && header.StartsWith("Bearer ", StringComparison.Ordinal) && _tokens.Contains(header["Bearer ".Length..]);
        }
    }

    private void WriteConfig(Utf8JsonWriter writer)
    {
        var overrides = new Dictionary<string, string>(settings.Overrides);
        if (settings.Separator is { } separator)
        {
            overrides["namespace-separator"] = separator;
        }

        if (settings.Prefix is { } prefix)
        {
            overrides["prefix"] = prefix;
        }

        writer.WriteStartObject();
        writer.WritePropertyName("defaults");
        SnapshotJson.WriteTextMap(writer, settings.Defaults);
        writer.WritePropertyName("overrides");
        SnapshotJson.WriteTextMap(writer, overrides);
        if (settings.Endpoints is { } endpoints)
        {
            WriteTexts(writer, "endpoints", endpoints);
        }

        writer.WriteEndObject();
    }

    private async Task<RestTestReply> CreateNamespaceAsync(JsonElement body)
    {
        var ns = CommitReader.ReadNamespace(body.GetProperty("namespace"));
        await catalog.CreateNamespaceAsync(ns, CommitReader.ReadMap(body, "properties"), Token);
        return NamespaceReply(ns, (await catalog.FindNamespaceAsync(ns, Token))!);
    }

    private async Task<RestTestReply> UpdateNamespaceAsync(Namespace ns, JsonElement body)
    {
        var before = await catalog.FindNamespaceAsync(ns, Token) ?? new Dictionary<string, string>();
        var (updates, removals) = (CommitReader.ReadMap(body, "updates"), CommitReader.ReadTexts(body, "removals"));
        if (removals.Any(updates.ContainsKey))
        {
            return RestTestReply.Error(422, "UnprocessableEntityException", "Cannot set and remove.");
        }

        await catalog.UpdateNamespaceAsync(ns, updates, removals, Token);
        return Json(writer =>
        {
            writer.WriteStartObject();
            WriteTexts(writer, "removed", removals.Where(before.ContainsKey));
            WriteTexts(writer, "updated", updates.Keys);
            WriteTexts(writer, "missing", removals.Where(r => !before.ContainsKey(r)));
            writer.WriteEndObject();
        });
    }

    private async Task<RestTestReply> CreateTableAsync(Namespace ns, JsonElement body)
    {
        var identifier = new TableIdentifier(ns, body.GetProperty("name").GetString()!);
        var creation = CommitReader.ReadCreation(body);
        return body.TryGetProperty("stage-create", out var stage) && stage.GetBoolean()
            ? MetadataReply(await catalog.StageTableAsync(identifier, creation, Token), "," + AccessOf(identifier))
            : LoadReply(null, await catalog.CreateTableAsync(identifier, creation, Token));
    }

    private async Task<RestTestReply> RenameAsync(JsonElement body)
    {
        await catalog.RenameTableAsync(CommitReader.ReadIdentifier(body.GetProperty("source")), CommitReader.ReadIdentifier(body.GetProperty("destination")), Token);
        return new RestTestReply(204, null);
    }

    private async Task<RestTestReply> CommitAllAsync(JsonElement body)
    {
        await catalog.CommitAllAsync(body.GetProperty("table-changes").EnumerateArray().Select(c => CommitReader.Read(c, null)).ToList(), Token);
        return new RestTestReply(204, null);
    }

    private RestTestReply LoadReply(RestTestCall? call, IcebergTable table)
    {
        var refs = call?.Query.GetValueOrDefault("snapshots") == "refs";
        var etag = $"\"{table.MetadataLocation.GetHashCode(StringComparison.Ordinal):x}{(refs ? "r" : "")}\"";
        if (call?.Headers.GetValueOrDefault("If-None-Match") == etag)
        {
            return new RestTestReply(304, null);
        }

        var named = table.Metadata.Refs.Values.Select(r => r.SnapshotId).ToHashSet();
        var metadata = refs ? table.Metadata with { Snapshots = table.Metadata.Snapshots.Where(s => named.Contains(s.SnapshotId)).ToEquatableList() } : table.Metadata;
        return MetadataReply(new IcebergTable(table.Identifier, metadata, table.MetadataLocation, store, null), "," + AccessOf(table.Identifier)) with { Headers = new Dictionary<string, string> { ["ETag"] = etag } };
    }

    private static RestTestReply MetadataReply(IcebergTable table, string more)
    {
        var location = table.IsStaged ? "" : $"\"metadata-location\":{JsonSerializer.Serialize(table.MetadataLocation)},";
        var metadata = Encoding.UTF8.GetString(TableMetadataWriter.Write(table.Metadata).Span);
        return new RestTestReply(200, Encoding.UTF8.GetBytes($"{{{location}\"metadata\":{metadata}{more.TrimEnd(',')}}}"));
    }

    private string AccessOf(TableIdentifier identifier)
    {
        lock (_lock)
        {
            var count = _accessCounts[identifier] = _accessCounts.GetValueOrDefault(identifier) + 1;
            return settings.AccessOf?.Invoke(identifier, count) ?? "\"config\":{}";
        }
    }

    private RestTestReply Page<T>(RestTestCall call, string member, IReadOnlyList<T> all, Action<Utf8JsonWriter, T> write)
    {
        var paged = call.Query.TryGetValue("pageToken", out var token);
        var start = string.IsNullOrEmpty(token) ? 0 : int.Parse(token, System.Globalization.CultureInfo.InvariantCulture);
        var size = !paged ? int.MaxValue : Math.Min(settings.PageSize, call.Query.TryGetValue("pageSize", out var asked) ? int.Parse(asked, System.Globalization.CultureInfo.InvariantCulture) : int.MaxValue);
        var page = all.Skip(start).Take(size).ToList();
        return Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray(member);
            foreach (var item in page)
            {
                write(writer, item);
            }

            writer.WriteEndArray();
            var next = start + page.Count < all.Count ? (start + page.Count).ToString(System.Globalization.CultureInfo.InvariantCulture) : null;
            writer.WriteString("next-page-token", next);
            writer.WriteEndObject();
        });
    }

    private Namespace ParentOf(RestTestCall call) =>
        call.Query.TryGetValue("parent", out var parent) ? new Namespace(parent.Split(Uri.UnescapeDataString(settings.Separator ?? "%1F"))) : Namespace.Root;

    private Namespace NamespaceOf(string part) => new(part.Split(settings.Separator ?? "%1F").Select(Uri.UnescapeDataString));

    private static RestTestReply NamespaceReply(Namespace ns, IReadOnlyDictionary<string, string> properties) => Json(writer =>
    {
        writer.WriteStartObject();
        WriteTexts(writer, "namespace", ns.Levels);
        writer.WritePropertyName("properties");
        SnapshotJson.WriteTextMap(writer, properties);
        writer.WriteEndObject();
    });

    private static RestTestReply Json(Action<Utf8JsonWriter> write) => new(200, JsonText.BytesOf(write));

    private static Utf8JsonWriter WriterAt(Utf8JsonWriter writer, string name)
    {
        writer.WritePropertyName(name);
        return writer;
    }

    private static void WriteIdentifier(Utf8JsonWriter writer, TableIdentifier identifier)
    {
        writer.WriteStartObject();
        WriteTexts(writer, "namespace", identifier.Namespace.Levels);
        writer.WriteString("name", identifier.Name);
        writer.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter writer, string? name, IEnumerable<string> texts)
    {
        if (name is not null)
        {
            writer.WritePropertyName(name);
        }

        writer.WriteStartArray();
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }
}
