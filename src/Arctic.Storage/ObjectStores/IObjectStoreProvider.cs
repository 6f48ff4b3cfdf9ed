namespace Arctic.Storage.ObjectStores;

/// <summary>
/// Opens object stores with what a catalog says of them: endpoints and credentials, in Iceberg's names (<c>s3.endpoint</c>, <c>s3.access-key-id</c>, …). A table of
/// a REST catalog may have credentials of its own, so that one store for a scheme is not enough. Thread-safe.
/// </summary>
public interface IObjectStoreProvider
{
    /// <summary>The store for a location and everything below it. Opens no connection.</summary>
    /// <param name="location">An absolute location.</param>
    /// <param name="properties">What the catalog and its user say; keys that are not known are left alone. Some are secrets, which belong in no message.</param>
    /// <returns>A store that belongs to the provider; calls with equal properties may share one.</returns>
    /// <exception cref="Columnar.Errors.ArcticException"><c>INVALID_OPTION</c>: a property cannot be read. <c>STORAGE_REFUSED</c>: there is no store for the scheme.</exception>
    IObjectStore Open(string location, IReadOnlyDictionary<string, string> properties);
}
