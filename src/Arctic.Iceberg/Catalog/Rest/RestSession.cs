using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.Iceberg.Catalog.Rest;

/// <summary>What was agreed with a server: its configuration laid over the options, the addresses and the endpoints that follow from it.</summary>
internal sealed class RestSession
{
    private RestSession(RestCatalogOptions options, RestTransport transport, RestRoutes routes, RestEndpoints endpoints) =>
        (Options, Transport, Routes, Endpoints, StoreProperties) = (options, transport, routes, endpoints, options.Properties.Where(p => !IsForCatalog(p.Key)).ToDictionary(p => p.Key, p => p.Value));

    /// <summary>The options with the server's defaults below and its overrides above them.</summary>
    public RestCatalogOptions Options { get; }

    public RestTransport Transport { get; }

    /// <summary>What object stores may want to know; not what authenticates at the catalog.</summary>
    public IReadOnlyDictionary<string, string> StoreProperties { get; }

    public RestRoutes Routes { get; }

    public RestEndpoints Endpoints { get; }

    /// <summary>Asks the server for its configuration.</summary>
    public static async ValueTask<RestSession> OpenAsync(RestCatalogOptions options, Func<RestCatalogOptions, RestTransport> connect, CancellationToken cancellationToken)
    {
        var transport = connect(options);
        var request = new RestRequest(HttpMethod.Get, new RestRoutes(options.Uri, null, RestRoutes.DefaultSeparator).Config(options.Warehouse))
        {
            Purpose = $"read the configuration of the catalog at '{options.Uri}'",
        };
        var answer = await transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (answer.Status == 404)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, transport.ErrorOf(request, answer).Message)
            {
                Hint = RestErrors.AddressHint,
            };
        }

        return answer.IsSuccess ? Agree(options, transport, connect, ReadConfig(transport, request, answer)) : throw transport.ErrorOf(request, answer);
    }

    /// <summary>Sends a request whose every other answer is an error.</summary>
    public async ValueTask<RestAnswer> SendAsync(RestRequest request, CancellationToken cancellationToken)
    {
        var answer = await Transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.IsSuccess ? answer : throw Transport.ErrorOf(request, answer);
    }

    private static RestSession Agree(RestCatalogOptions options, RestTransport transport, Func<RestCatalogOptions, RestTransport> connect, ServerConfig config)
    {
        var merged = new Dictionary<string, string>(config.Defaults, StringComparer.Ordinal);
        foreach (var (key, value) in options.Properties.Concat(config.Overrides))
        {
            merged[key] = value;
        }

        var agreed = RestCatalogOptions.Read(merged, $"the catalog at '{options.Uri}'");
        var separator = merged.GetValueOrDefault("namespace-separator", RestRoutes.DefaultSeparator);
        if (separator.Length == 0)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot use the catalog at '{options.Uri}': its 'namespace-separator' is empty.");
        }

        // A server that says nothing of headers, tokens or addresses leaves the connection as it is, with the token that it has.
        var same = config.Defaults.Count + config.Overrides.Keys.Count(k => k != "namespace-separator" && k != "prefix") == 0;
        return new RestSession(agreed, same ? transport : connect(agreed), new RestRoutes(agreed.Uri, agreed.Prefix, EncodedSeparator(separator)), new RestEndpoints(config.Endpoints));
    }

    private static bool IsForCatalog(string key) => key is "token" or "credential" || key.StartsWith(RestHeaders.OptionPrefix, StringComparison.Ordinal);

    // The reference server says it percent-encoded.
    private static string EncodedSeparator(string separator) =>
        separator.StartsWith('%') ? separator : string.Concat(System.Text.Encoding.UTF8.GetBytes(separator).Select(b => $"%{b:X2}"));

    private static ServerConfig ReadConfig(RestTransport transport, RestRequest request, RestAnswer answer)
    {
        try
        {
            return RestJson.Read(request, answer, ReadConfig);
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.TableCorrupt)
        {
            throw transport.NoCatalog(request, answer, e);
        }
    }

    private static ServerConfig ReadConfig(MetadataJson json) => new(
        json.FindTextMap("defaults") ?? new Dictionary<string, string>(),
        json.FindTextMap("overrides") ?? new Dictionary<string, string>(),
        json.FindTexts("endpoints"));

    private sealed record ServerConfig(IReadOnlyDictionary<string, string> Defaults, IReadOnlyDictionary<string, string> Overrides, IReadOnlyList<string>? Endpoints);
}
