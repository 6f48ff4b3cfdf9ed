using Arctic.Columnar.Errors;

namespace Arctic.Iceberg.Maintenance;

/// <summary>Checks single options of maintenance.</summary>
internal static class MaintenanceOption
{
    /// <exception cref="ArcticException"><c>INVALID_OPTION</c>: <paramref name="isTrue"/> is false.</exception>
    public static void Require<T>(bool isTrue, string doing, string name, T value, string otherwise)
    {
        if (!isTrue)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, FormattableString.Invariant($"Cannot {doing}: '{name}' is {value}, and {otherwise}."));
        }
    }
}
