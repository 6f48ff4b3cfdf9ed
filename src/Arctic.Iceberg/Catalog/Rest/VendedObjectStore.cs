using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Catalog.Rest;

/// <summary>
/// The files of one table, opened with the credentials that the catalog handed out for it, and with new ones before those expire. Readers and writers that are
/// open keep the credentials that they were opened with. Thread-safe.
/// </summary>
/// <param name="provider">Opens the stores.</param>
/// <param name="common">What the options of the catalog say of stores; the table's properties stand above.</param>
/// <param name="access">What the catalog handed out; null when that is still to be asked.</param>
/// <param name="refresh">Asks the catalog, given what it said before.</param>
internal sealed class VendedObjectStore(
    IObjectStoreProvider provider,
    IReadOnlyDictionary<string, string> common,
    StorageAccess? access,
    Func<StorageAccess?, CancellationToken, ValueTask<StorageAccess>> refresh,
    TimeProvider time) : ForwardingObjectStore
{
    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _renewing = new(1, 1);
    private volatile Opened _opened = new(access, time.GetUtcNow());

    /// <summary>
    /// Tells what the catalog said with a later load of the table. Credentials that hold are kept: servers hand out new ones with every load, and each set of them
    /// would be connections of its own.
    /// </summary>
    public void Offer(StorageAccess fresh)
    {
        var (opened, now) = (_opened, time.GetUtcNow());
        if (opened.RenewAt is { } at ? now >= at : !opened.Access!.SaysTheSameAs(fresh))
        {
            _opened = new Opened(fresh, now);
        }
    }

    protected override async ValueTask<(IObjectStore Store, string Location)> LocateAsync(string location, CancellationToken cancellationToken)
    {
        var opened = _opened;
        if (opened.RenewAt is { } at && time.GetUtcNow() >= at)
        {
            opened = await RenewAsync(opened, cancellationToken).ConfigureAwait(false);
        }

        return (opened.StoreOf(location, provider, common), location);
    }

    private async ValueTask<Opened> RenewAsync(Opened stale, CancellationToken cancellationToken)
    {
        await _renewing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (ReferenceEquals(_opened, stale))
            {
                _opened = new Opened(await refresh(stale.Access, cancellationToken).ConfigureAwait(false), time.GetUtcNow());
            }
        }
        catch (ArcticException) when (stale.ExpiresAt > time.GetUtcNow())
        {
            // The old credentials hold for some minutes more; the next call asks again.
        }
        finally
        {
            _renewing.Release();
        }

        return _opened;
    }

    /// <summary>The stores of one set of credentials.</summary>
    private sealed class Opened
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<(string Root, StorageCredential? Credential), IObjectStore> _stores = [];

        public Opened(StorageAccess? access, DateTimeOffset now)
        {
            Access = access;
            ExpiresAt = access is null ? DateTimeOffset.MinValue : access.FindExpiry();

            // Of credentials that live shortly, the last fifth is given up.
            RenewAt = ExpiresAt > now ? ExpiresAt - ((ExpiresAt - now) / 5 < RenewBefore ? (ExpiresAt - now) / 5 : RenewBefore) : ExpiresAt;
        }

        public StorageAccess? Access { get; }

        /// <summary>Null when nothing says that they expire.</summary>
        public DateTimeOffset? ExpiresAt { get; }

        public DateTimeOffset? RenewAt { get; }

        public IObjectStore StoreOf(string location, IObjectStoreProvider provider, IReadOnlyDictionary<string, string> common)
        {
            var access = Access!; // Only what was never asked has none, and that is due at once.
            var normal = ObjectLocation.Normalize(location);
            var credential = access.Credentials.FirstOrDefault(c => IsBelow(normal, ObjectLocation.Normalize(c.Prefix)));
            var key = (RootOf(normal), credential);
            lock (_lock)
            {
                if (!_stores.TryGetValue(key, out var store))
                {
                    var properties = new Dictionary<string, string>(common, StringComparer.Ordinal);
                    foreach (var (name, value) in credential is null ? access.Config : access.Config.Concat(credential.Config))
                    {
                        properties[name] = value;
                    }

                    _stores[key] = store = provider.Open(key.Item1, properties);
                }

                return store;
            }
        }

        // The scheme with the bucket or host: s3://bucket
        private static string RootOf(string location)
        {
            var colon = location.IndexOf(':', StringComparison.Ordinal);
            var hasAuthority = location.AsSpan(colon + 1).StartsWith("//", StringComparison.Ordinal);
            var end = hasAuthority ? location.IndexOf('/', colon + 3) : colon + 1;
            return end < 0 ? location : location[..Math.Max(end, colon + 1)] + (hasAuthority ? "/" : "");
        }

        // A prefix may be a scheme, a bucket, a folder, or the beginning of a name.
        private static bool IsBelow(string location, string prefix) => location.StartsWith(prefix, StringComparison.Ordinal);
    }
}
