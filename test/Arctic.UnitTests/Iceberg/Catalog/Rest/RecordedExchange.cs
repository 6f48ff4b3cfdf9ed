using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Arctic.UnitTests.Iceberg.Catalog.Rest;

/// <summary>A request and its answer, recorded between another client and the reference server.</summary>
internal sealed record RecordedExchange(string File, int Number, string Method, string Path, IReadOnlyDictionary<string, string> RequestHeaders, JsonNode? RequestBody, int Status, string? ETag, JsonNode? ResponseBody)
{
    /// <summary>The parts of the path behind <c>/v1/</c>, as they were sent.</summary>
    public string[] Parts => Path.Split('?')[0]["/v1/".Length..].Split('/');

    public IReadOnlyDictionary<string, string> Query => Path.Contains('?', StringComparison.Ordinal)
        ? Path.Split('?')[1].Split('&').Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => Uri.UnescapeDataString(p[1]))
        : new Dictionary<string, string>();

    public string Name => $"{File} {Number}";

    public static IReadOnlyList<RecordedExchange> Load(string path) => System.IO.File.ReadLines(path).Select(line => Read(System.IO.Path.GetFileNameWithoutExtension(path), JsonNode.Parse(line)!)).ToList();

    /// <summary>The answer, as it came.</summary>
    public HttpResponseMessage ToResponse()
    {
        var response = new HttpResponseMessage((HttpStatusCode)Status);
        if (ResponseBody is not null)
        {
            response.Content = new StringContent(ResponseBody is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : ResponseBody.ToJsonString(), Encoding.UTF8, "application/json");
        }

        if (ETag is not null)
        {
            response.Headers.TryAddWithoutValidation("ETag", ETag);
        }

        return response;
    }

    private static RecordedExchange Read(string file, JsonNode json)
    {
        var (request, response) = (json["request"]!, json["response"]!);
        Dictionary<string, string> HeadersOf(JsonNode node) => node["headers"] is JsonObject headers ? headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value!.GetValue<string>()) : [];
        return new RecordedExchange(
            file, json["n"]!.GetValue<int>(), request["method"]!.GetValue<string>(), request["path"]!.GetValue<string>(), HeadersOf(request), request["body"]?.DeepClone(),
            response["status"]!.GetValue<int>(), HeadersOf(response).GetValueOrDefault("etag"), response["body"]?.DeepClone());
    }
}

/// <summary>Answers our client's requests with what is laid ready, and remembers them.</summary>
internal sealed class ScriptedHandler(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
{
    public List<(string Method, string Target, string? Body, IReadOnlyDictionary<string, string> Headers)> Requests { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken);
        Requests.Add((request.Method.Method, request.RequestUri!.PathAndQuery, body, request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => string.Join(", ", h.Value))));
        return answer(request);
    }
}

/// <summary>When two JSON texts mean the same: order of members, absent members and null, and ids that a server gives do not count.</summary>
internal static class JsonMeaning
{
    private static readonly HashSet<string> NoMeaning = ["schema-id", "spec-id", "order-id"];

    /// <summary>One form for all texts of a meaning.</summary>
    /// <param name="isRequest">Then ids that the server gives itself do not count, nor members that hold their default.</param>
    public static JsonNode? Of(JsonNode? node, bool isRequest) => node switch
    {
        JsonObject o => new JsonObject(o
            .Where(p => p.Value is not null && !(isRequest && IsDefault(o, p.Key, p.Value)))
            .OrderBy(p => p.Key, StringComparer.Ordinal)
            .Select(p => KeyValuePair.Create(p.Key, Of(p.Value, isRequest)))),
        JsonArray a => new JsonArray(a.Select(i => Of(i, isRequest)).ToArray()),
        _ => node?.DeepClone(),
    };

    private static bool IsDefault(JsonObject parent, string name, JsonNode value) =>
        (NoMeaning.Contains(name) && parent.ContainsKey("fields"))
        || (name is "stage-create" or "overwrite" && value.GetValueKind() == JsonValueKind.False)
        || (name == "last-column-id" && parent.ContainsKey("schema")) // Deprecated: the server counts for itself.
        || (name == "properties" && value is JsonObject { Count: 0 })
        || (name is "partition-spec" or "write-order" && value["fields"] is JsonArray { Count: 0 });
}
