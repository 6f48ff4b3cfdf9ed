using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.Iceberg.Catalog.Rest;

public sealed partial class RestCatalog
{
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Namespace>> ListNamespacesAsync(Namespace parent, CancellationToken cancellationToken)
    {
        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var found = await ListAsync(
            session,
            $"list the databases of catalog '{Name}'",
            token => session.Routes.Namespaces(parent, token, session.Options.PageSize),
            ReadNamespaces,
            answer => answer.Status == 404 ? this.UnknownNamespace(parent) : null,
            cancellationToken).ConfigureAwait(false);

        // Some servers answer with names below the parent instead of whole ones.
        return found.Select(n => n.Levels.Count > parent.Levels.Count ? n : new Namespace([.. parent.Levels, .. n.Levels])).ToList();
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<string, string>?> FindNamespaceAsync(Namespace ns, CancellationToken cancellationToken)
    {
        if (ns.Levels.Count == 0)
        {
            return new Dictionary<string, string>();
        }

        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var request = new RestRequest(HttpMethod.Get, session.Routes.NamespaceOf(ns)) { Purpose = $"load database '{ns}'" };
        var answer = await session.Transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.Status == 404 ? null
            : answer.IsSuccess ? RestJson.Read(request, answer, json => json.FindTextMap("properties")) ?? new Dictionary<string, string>()
            : throw session.Transport.ErrorOf(request, answer);
    }

    /// <summary>Whether a namespace exists; costs less than its properties where the server offers that.</summary>
    public async ValueTask<bool> NamespaceExistsAsync(Namespace ns, CancellationToken cancellationToken)
    {
        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        return session.Endpoints.Has(RestEndpoints.NamespaceExists) && ns.Levels.Count > 0
            ? await ExistsAsync(session, session.Routes.NamespaceOf(ns), $"look for database '{ns}'", null, cancellationToken).ConfigureAwait(false)
            : await FindNamespaceAsync(ns, cancellationToken).ConfigureAwait(false) is not null;
    }

    /// <inheritdoc/>
    public async ValueTask CreateNamespaceAsync(Namespace ns, IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken)
    {
        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var request = new RestRequest(HttpMethod.Post, session.Routes.Namespaces())
        {
            Purpose = $"create database '{ns}'",
            Effect = RestEffect.Once,
            Body = JsonText.BytesOf(writer =>
            {
                writer.WriteStartObject();
                RestJson.WriteLevels(writer, "namespace", ns);
                RestJson.WriteMap(writer, "properties", properties);
                writer.WriteEndObject();
            }),
        };
        var answer = await session.Transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!answer.IsSuccess)
        {
            throw answer.Status == 409 ? new ArcticException(ErrorCodes.AlreadyExists, $"The database '{ns}' exists already.") : session.Transport.ErrorOf(request, answer);
        }
    }

    /// <inheritdoc/>
    public async ValueTask UpdateNamespaceAsync(Namespace ns, IReadOnlyDictionary<string, string> updates, IReadOnlyCollection<string> removals, CancellationToken cancellationToken)
    {
        NamespaceProperties.CheckDisjoint(ns, updates, removals);
        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        session.Endpoints.Require(RestEndpoints.UpdateNamespace, $"change database '{ns}'");
        var request = new RestRequest(HttpMethod.Post, session.Routes.PropertiesOf(ns))
        {
            Purpose = $"change database '{ns}'",
            Body = JsonText.BytesOf(writer =>
            {
                writer.WriteStartObject();
                RestJson.WriteTexts(writer, "removals", removals);
                RestJson.WriteMap(writer, "updates", updates);
                writer.WriteEndObject();
            }),
        };
        var answer = await session.Transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!answer.IsSuccess)
        {
            throw answer.Status == 404 ? this.UnknownNamespace(ns) : session.Transport.ErrorOf(request, answer);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DropNamespaceAsync(Namespace ns, CancellationToken cancellationToken)
    {
        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var request = new RestRequest(HttpMethod.Delete, session.Routes.NamespaceOf(ns)) { Purpose = $"drop database '{ns}'" };
        var answer = await session.Transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        switch (answer.Status)
        {
            case 404 when answer.WasRepeated:
                // The first try has done it, and its answer was lost.
                return;
            case 404:
                throw this.UnknownNamespace(ns);
            case 409:
                throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot drop the database '{ns}': it still holds something. {session.Transport.ErrorOf(request, answer).Message}");
            default:
                if (!answer.IsSuccess)
                {
                    throw session.Transport.ErrorOf(request, answer);
                }

                return;
        }
    }

    private static IEnumerable<Namespace> ReadNamespaces(MetadataJson json) =>
        json.Element.TryGetProperty("namespaces", out var list) && list.ValueKind == System.Text.Json.JsonValueKind.Array
            ? list.EnumerateArray().Select(levels => levels.ValueKind == System.Text.Json.JsonValueKind.Array
                ? new Namespace(levels.EnumerateArray().Select(l => l.ValueKind == System.Text.Json.JsonValueKind.String ? l.GetString()! : throw json.Corrupt("'namespaces' holds levels that are not texts")))
                : throw json.Corrupt("'namespaces' holds something else than lists"))
            : throw json.Corrupt("'namespaces' is missing");

    private static async ValueTask<bool> ExistsAsync(RestSession session, string address, string purpose, string? token, CancellationToken cancellationToken)
    {
        var request = new RestRequest(HttpMethod.Head, address) { Purpose = purpose, TableToken = token };
        var answer = await session.Transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.Status != 404 && (answer.IsSuccess ? true : throw session.Transport.ErrorOf(request, answer));
    }
}
