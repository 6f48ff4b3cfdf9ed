using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Arctic;

/// <summary>Registers Arctic with a host.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>Adds one <see cref="Session"/> for the life of the host; it logs to the host's logger factory and uses the host's <see cref="TimeProvider"/> when there is one.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="options">Options as SET takes them; null for none.</param>
    public static IServiceCollection AddArctic(this IServiceCollection services, IReadOnlyDictionary<string, string>? options = null) => services.AddSingleton(provider => new SessionBuilder
    {
        Options = options ?? new Dictionary<string, string>(),
        LoggerFactory = provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance,
        Time = provider.GetService<TimeProvider>() ?? TimeProvider.System,
    }.Build());
}
