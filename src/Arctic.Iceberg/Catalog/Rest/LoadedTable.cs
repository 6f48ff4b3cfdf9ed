using System.Globalization;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.Iceberg.Catalog.Rest;

/// <summary>What a server says of a table: its metadata, and how its files are reached. Its properties may be secrets.</summary>
internal sealed class LoadedTable
{
    /// <summary>Empty for a staged table.</summary>
    public required string MetadataLocation { get; init; }

    public required TableMetadata Metadata { get; init; }

    public required StorageAccess Access { get; init; }

    /// <summary>The token for requests about this table; null when the catalog's will do.</summary>
    public string? Token { get; init; }

    /// <summary>Reads a <c>LoadTableResult</c>, or the answer to a commit, which has no access.</summary>
    public static LoadedTable Read(MetadataJson json)
    {
        var config = json.FindTextMap("config") ?? new Dictionary<string, string>();
        return new LoadedTable
        {
            MetadataLocation = json.FindText("metadata-location") ?? "",
            Metadata = TableMetadataReader.Read(json.RequiredObject("metadata")),
            Access = new StorageAccess(config, StorageAccess.ReadCredentials(json)),
            Token = config.GetValueOrDefault("token"),
        };
    }
}

/// <summary>How the files of a table are reached, as the server says. A class, not a record: it is not printed.</summary>
internal sealed class StorageAccess(IReadOnlyDictionary<string, string> config, IReadOnlyList<StorageCredential> credentials)
{
    /// <summary>Where new credentials are fetched, when the server says so.</summary>
    public const string RefreshEndpointKey = "client.refresh-credentials-endpoint";

    private const string ExpiryMark = "expires-at";

    /// <summary>For all locations.</summary>
    public IReadOnlyDictionary<string, string> Config { get; } = config;

    /// <summary>For locations below a prefix, longest prefix first.</summary>
    public IReadOnlyList<StorageCredential> Credentials { get; } = credentials.OrderByDescending(c => c.Prefix.Length).ToList();

    /// <summary>When the first of them expires; null when nothing says that they do.</summary>
    public DateTimeOffset? FindExpiry()
    {
        // s3.session-token-expires-at-ms, gcs.oauth2.token-expires-at, adls.sas-token-expires-at-ms.<account>
        var times = Credentials.SelectMany(c => c.Config).Concat(Config)
            .Where(p => p.Key.Contains(ExpiryMark, StringComparison.Ordinal))
            .Select(p => long.TryParse(p.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var ms) ? ms : long.MaxValue)
            .Where(ms => ms <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
            .ToList();
        return times.Count == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(times.Min());
    }

    /// <summary>Whether another saying gives the same access.</summary>
    public bool SaysTheSameAs(StorageAccess other) =>
        Same(Config, other.Config) && Credentials.Count == other.Credentials.Count && Credentials.Zip(other.Credentials).All(c => c.First.Prefix == c.Second.Prefix && Same(c.First.Config, c.Second.Config));

    /// <summary>The same with new credentials: what was said of the life of the old ones goes.</summary>
    public StorageAccess With(IReadOnlyList<StorageCredential> credentials) =>
        new(Config.Where(p => !p.Key.Contains(ExpiryMark, StringComparison.Ordinal)).ToDictionary(p => p.Key, p => p.Value), credentials);

    public static IReadOnlyList<StorageCredential> ReadCredentials(MetadataJson json) => (json.FindObjects("storage-credentials") ?? [])
        .Select(c => new StorageCredential(c.RequiredText("prefix"), c.FindTextMap("config") ?? new Dictionary<string, string>()))
        .ToList();

    private static bool Same(IReadOnlyDictionary<string, string> a, IReadOnlyDictionary<string, string> b) =>
        a.Count == b.Count && a.All(p => b.TryGetValue(p.Key, out var value) && value == p.Value);
}

/// <summary>Properties for the locations below a prefix. A class, not a record: it is not printed.</summary>
internal sealed class StorageCredential(string prefix, IReadOnlyDictionary<string, string> config)
{
    public string Prefix { get; } = prefix;

    public IReadOnlyDictionary<string, string> Config { get; } = config;
}
